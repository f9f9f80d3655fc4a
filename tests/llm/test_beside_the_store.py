"""The embedded store and the in-process model live in one process, whichever is loaded first."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from pathlib import Path

def store():
    import kg.stores.ladybug
    import ladybug
    return ladybug.Connection(ladybug.Database(sys.argv[2]))

def model():
    import xllamacpp
    return xllamacpp.CommonParams()

if sys.argv[1] == "store first":
    connection = store(); model()
else:
    model(); connection = store()
print(connection.execute("RETURN 41 + 1").get_all())
"""


@pytest.mark.parametrize("order", ["store first", "model first"])
def test_loading_one_does_not_break_the_other(order: str, tmp_path: object) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, order, f"{tmp_path}/graph.ladybug"], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout.strip()) == (0, "[[42]]"), ran.stderr
