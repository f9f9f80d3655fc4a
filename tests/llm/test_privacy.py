"""Nothing leaves the process on account of a local model."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, sys

def forbid(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise SystemExit(f"network: {event} {arguments}")

sys.addaudithook(forbid)
from reasoning.llm.calls import Prompt, choose, write
from reasoning.llm.open import open_model

async def main():
    model = open_model(sys.argv[1])
    await choose(model, Prompt("Answer with a letter.", "A or B?"), 2, timeout=60)
    async for _ in write(model, Prompt("", "Hello"), max_tokens=4, timeout=60):
        pass
    print("done")

asyncio.run(main())
"""


def test_by_default_no_connection_is_made_and_nothing_is_printed(small_file: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LANG", "PYTHONWARN"))}
    command = [sys.executable, "-c", PROGRAM, str(small_file)]
    finished = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (finished.stdout, finished.stderr, finished.returncode) == ("done\n", "", 0)
