"""Asking sends nothing anywhere: not the question, not a trace of how it was answered."""

import os
import subprocess
import sys
from pathlib import Path

from tests.reasoning.parts import MINERALS

ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio, sys
from pathlib import Path

def forbid(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise SystemExit(f"network: {event} {arguments}")

sys.addaudithook(forbid)
from langsmith.utils import tracing_is_enabled
from tests.reasoning.parts import answered, loaded

async def main():
    domain = await loaded(Path(sys.argv[1]), Path(sys.argv[2]))
    for text in ("Which minerals contain sulfur?", "\u8424\u77f3\u6709\u4ec0\u4e48\u989c\u8272"):
        print((await answered(text, domain)).outcome)
    await domain.store.close()
    print("tracing" if tracing_is_enabled() else "no tracing")

asyncio.run(main())
"""


def test_by_default_no_connection_is_made_and_nothing_is_traced(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LANG", "PYTHONWARN"))}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-c", PROGRAM, str(MINERALS), str(tmp_path / "graph.db")]
    finished = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    expected = "answered\nanswered\nno tracing\n"
    assert (finished.stdout, finished.stderr, finished.returncode) == (expected, "", 0)
