r"""Fuzzes verdicts and safety: `python -m bench.fuzz --minutes 10 text prescription claims requests`.

The properties and the inputs are those of `tests/fuzz`, here over the herbal pack and for minutes. With atheris, which
is no dependency of the project, inputs are guided by what of `kg`, `reasoning` and the handlers they reach. It goes
into an environment of its own, beside the project's packages:

    uv venv --python 3.11 .fuzz && uv pip install --python .fuzz/bin/python atheris
    echo "import site; site.addsitedir('$PWD/.venv/lib/python3.11/site-packages')" \
        > .fuzz/lib/python3.11/site-packages/project.pth
    .fuzz/bin/python -m bench.fuzz --with atheris --minutes 10 text

Without, hypothesis draws inputs at random. Both shorten what they print: hypothesis by shrinking, atheris by keeping
the shortest input of each fault. The exit code is 1 if a fault was found.
"""

import argparse
import importlib
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from tests.fuzz.properties import Fuzzed

TARGETS: Final = ("text", "prescription", "claims", "requests")
_ROOT: Final = Path(__file__).parents[1]
_A_ROUND: Final = 500
_LONGEST_INPUT: Final = 8192
_SEEDS: Final = 200


@dataclass
class Report:
    """What has been run and found: fault (its kind and place) → the shortest input that shows it."""

    name: str
    tool: str
    start: float = field(default_factory=time.monotonic)
    runs: int = 0
    slowest: float = 0.0
    slow_input: str = ""
    faults: dict[str, tuple[str, str]] = field(default_factory=dict)
    shrinking: str = ""  # the fault that hypothesis shortens now, which has to be raised each time

    @contextmanager
    def watching(self, case: object, *, reraised: bool) -> Iterator[None]:
        """Count a run of a property; a fault is noted, and raised again if it is new and `reraised`."""
        self.runs += 1
        began = time.perf_counter()
        try:
            yield
        except Exception as error:
            key = _place(error)
            shown, known = _shown(case), self.faults.get(key)
            if known is None or len(shown) < len(known[0]):
                self.faults[key] = (shown, "".join(traceback.format_exception(error)[-6:]))
            if reraised and (key == self.shrinking or (known is None and not self.shrinking)):
                self.shrinking = key
                raise
        seconds = time.perf_counter() - began
        if seconds > self.slowest:
            self.slowest, self.slow_input = seconds, _shown(case)

    def print(self) -> None:
        """Print the figures and every fault."""
        minutes = (time.monotonic() - self.start) / 60
        runs, faults = f"{self.runs} executions in {minutes:.1f} minutes", len(self.faults)
        print(f"{self.name} with {self.tool}: {runs}, {faults} faults")
        print(f"  slowest: {self.slowest * 1000:.0f} ms for {self.slow_input[:300]}")
        for key, (shown, trace) in self.faults.items():
            print(f"  FAULT {key}\n    input: {shown[:4000]}\n    {trace.strip()}")
        sys.stdout.flush()


def _shown(case: object) -> str:
    """Write an input on one line."""
    from google.protobuf import text_format
    from google.protobuf.message import Message

    if isinstance(case, Message):
        return f"{type(case).__name__} {text_format.MessageToString(case, as_one_line=True, as_utf8=True)}"
    return repr(case)


def _place(error: Exception) -> str:
    """Name a fault by what was raised and where."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if each.filename.startswith(str(_ROOT)) and "/.venv/" not in each.filename]
    last = (own or frames)[-1]
    return f"{type(error).__name__} at {last.filename.removeprefix(str(_ROOT) + '/')}:{last.lineno} ({last.line})"


def _target(name: str, fuzzed: "Fuzzed") -> tuple["SearchStrategy[Any]", Callable[[Any], object]]:
    """Return what to draw and what must hold for it."""
    from hypothesis import strategies as st

    from tests.fuzz import made, properties

    words = fuzzed.words
    if name == "text":
        return made.texts(words), lambda case: properties.text_holds(case, fuzzed)
    if name == "prescription":
        either = made.texts(words) | made.checks(words)
        return (
            either,
            lambda case: (
                properties.prescription_holds(case, fuzzed)
                if isinstance(case, str)
                else properties.subjects_hold(case[0], case[1], fuzzed)
            ),
        )
    if name == "claims":
        return made.claims(words), lambda case: properties.claim_holds(case, fuzzed)
    either = st.one_of(made.requests(words), made.damaged(words))
    return (
        either,
        lambda case: (
            properties.bytes_hold(case[0], case[1], fuzzed)
            if isinstance(case, tuple)
            else properties.request_holds(case, fuzzed)
        ),
    )


def with_hypothesis(report: Report, minutes: float, fuzzed: "Fuzzed") -> None:
    """Draw at random, in rounds of a new seed each; a fault is shrunk once and then passed over."""
    import hypothesis

    drawn, holds = _target(report.name, fuzzed)
    end = report.start + minutes * 60
    first = random.SystemRandom().getrandbits(32)
    for number in range(10**9):
        if time.monotonic() > end:
            return

        @hypothesis.seed(first + number)
        @hypothesis.settings(
            max_examples=_A_ROUND,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate, hypothesis.Phase.target, hypothesis.Phase.shrink],
            report_multiple_bugs=False,
        )
        @hypothesis.given(case=drawn)
        def run(case: object) -> None:
            with report.watching(case, reraised=True):
                holds(case)

        report.shrinking = ""
        with suppress(Exception):  # whatever it is, the report has it
            run()


def with_atheris(report: Report, minutes: float, fuzzed: "Fuzzed") -> None:
    """Let coverage guide the draws; ends the process, as libFuzzer does."""
    import hypothesis

    atheris = importlib.import_module("atheris")
    drawn, holds = _target(report.name, fuzzed)
    end = report.start + minutes * 60

    @hypothesis.settings(deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=drawn)
    def run(case: object) -> None:
        with report.watching(case, reraised=False):
            holds(case)

    one: Callable[[bytes], bytes | None] = run.hypothesis.fuzz_one_input  # type: ignore[attr-defined]  # added by `given`

    def once(data: bytes) -> None:
        one(data)
        if time.monotonic() > end:
            report.print()
            os._exit(1 if report.faults else 0)

    corpus = tempfile.mkdtemp(prefix="bencao-fuzz-")
    chance = random.SystemRandom()
    for number in range(_SEEDS):
        Path(corpus, f"{number}").write_bytes(chance.randbytes(chance.randrange(64, _LONGEST_INPUT // 2)))
    options = [f"-max_len={_LONGEST_INPUT}", "-len_control=0", "-timeout=60", "-rss_limit_mb=0", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, corpus], once)
    atheris.Fuzz()


@contextmanager
def _instrumented(tool: str) -> Iterator[None]:
    """Trace the branches of whatever of the project's own code is imported within."""
    if tool != "atheris":
        yield
        return
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["kg", "reasoning", "services.rpc"]):
        yield


def main() -> None:
    """Run the targets one after another; with atheris one only, which ends the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10.0, help="for each target")
    parser.add_argument("--with", dest="tool", choices=["hypothesis", "atheris"], default="hypothesis")
    parser.add_argument("--pack", type=Path, default=_ROOT / "kg" / "packs" / "herbal")
    given = parser.parse_args()
    if given.tool == "atheris" and len(given.targets) > 1:
        parser.error("libFuzzer ends the process after one target; name one")
    with tempfile.TemporaryDirectory() as folder:
        with _instrumented(given.tool):
            from tests.fuzz.properties import opened
        with opened(given.pack, Path(folder)) as fuzzed:
            reports = []
            for name in given.targets:
                report = Report(name, given.tool)
                reports.append(report)
                (with_atheris if given.tool == "atheris" else with_hypothesis)(report, given.minutes, fuzzed)
                report.print()
    sys.exit(1 if any(report.faults for report in reports) else 0)


if __name__ == "__main__":
    main()
