"""A model that is closed as soon as it is open closes: a server whose port is taken ends with its message."""

import subprocess
import sys
from pathlib import Path

SECONDS = 60
PROGRAM = """
import sys
from reasoning.llm.open import close_model, open_model
for _ in range(5):
    close_model(open_model(sys.argv[1]))
print("closed")
"""


def test_model_closed_at_once_does_not_wait_for_ever(small_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(small_file)], capture_output=True, text=True, timeout=SECONDS, check=False
    )

    assert done.stdout.endswith("closed\n"), done.stderr
