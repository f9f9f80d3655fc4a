"""`bencao`: finds the command, runs it, and turns every failure into one line and an exit code."""

import importlib
import importlib.metadata
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import typer

from kg.errors import BencaoError, PackInvalid

__all__ = ["COMMANDS", "build", "main", "run"]

FAILURE: Final = 1
USAGE: Final = 2
SHOWN_FAULTS: Final = 5
INTERRUPTED: Final = 130  # what shells report for Ctrl-C

COMMANDS: Final[dict[tuple[str, ...], tuple[str, str]]] = {
    ("serve",): ("serve", "Serve the graph over gRPC."),
    ("ask",): ("ask", "Ask one question and print the verified answer."),
    ("check",): ("check", "Check a prescription for a person against the domain's safety rules."),
    ("verify",): ("verify", "Verify every statement of a text against the graph."),
    ("replay",): ("replay", "Make a proof of a verdict again and compare it byte for byte."),
    ("eval", "verify"): ("eval_verify", "Measure the verifier: mutated claims, typed claims, annotated prose, speed."),
    ("eval", "safety"): ("eval_safety", "Measure the safety rules: recall over the pack's lists, false alarms, speed."),
    ("eval", "answers"): ("eval_answers", "Ask the pack's question sets of several systems and record what they tell."),
    ("eval", "report"): ("eval_report", "Score recorded answers: one HTML page, and the table of the README."),
    ("eval", "kgqa"): ("eval_kgqa", "Measure a public set of multi-hop questions over triples."),
    ("demo",): ("demo", "Set everything up, serve, and ask the pack's demo questions over gRPC."),
    ("entity",): ("entity", "Show one entity and what the graph says about it."),
    ("import",): ("import_tables", "Import third-party tables into a domain, as a mapping says."),
    ("model", "pull"): ("model", "Get the default local model."),
    ("pack", "check"): ("pack_check", "Check a domain pack and name file and line of each fault."),
    ("pack", "report"): ("pack_report", "Draw what a pack covers and how far it was checked."),
    ("pack", "compare"): ("pack_compare", "Compare a pack with another pack or with tables to import."),
    ("pack", "build"): ("pack_build", "Check a pack and load it into the graph store."),
    ("doctor",): ("doctor", "Say what is installed, reachable and missing, and the command that mends it."),
}
"""Words of a command → its module (whose `command` is the function) and its line in the overview."""

GROUPS: Final = {
    "eval": "Measure how right the service is.",
    "model": "Local language models.",
    "pack": "Domain packs.",
}


def _version(value: bool) -> None:
    if value:
        typer.echo(f"bencao {importlib.metadata.version('bencao')}")
        raise typer.Exit


def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A domain knowledge graph that answers in sentences, each of them verified against named facts."""


def build(invoked: Sequence[str]) -> typer.Typer:
    """Return the application; only the command that `invoked` begins with is imported, the rest are lines of help."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_root)
    groups = {}
    for name, summary in GROUPS.items():
        groups[name] = typer.Typer(help=summary, no_args_is_help=True)
        app.add_typer(groups[name], name=name)
    for words, (module, summary) in COMMANDS.items():
        owner = groups[words[0]] if len(words) > 1 else app
        wanted = tuple(invoked[: len(words)]) == words
        function = importlib.import_module(f"services.cli.{module}").command if wanted else _placeholder()
        owner.command(words[-1], help=None if wanted else summary, short_help=summary)(function)
    return app


def _placeholder() -> Callable[[], None]:
    def never_runs() -> None:
        """Only the invoked command's own function is ever called."""

    return never_runs


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0, 1 for a failure, 2 for wrong usage or settings, 130 for Ctrl-C."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    try:
        build(words)(list(arguments), standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone; nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except Exception as error:  # noqa: BLE001 - the last wall: a person gets a line, not a traceback
        lines, code = _explain(error)
        typer.echo("bencao: " + "\n".join(lines), err=True)
        return code
    return 0


def _explain(error: Exception) -> tuple[Sequence[str], int]:
    """Return what to say about `error`, and the exit code."""
    if isinstance(error, PackInvalid):
        more = len(error.faults) - SHOWN_FAULTS
        rest = [f"… and {more} more; `bencao pack check DIR` shows all"] if more > 0 else []
        return [*error.faults[:SHOWN_FAULTS], *rest], FAILURE
    if isinstance(error, BencaoError):
        return [str(error)], USAGE if type(error).__name__ == "SettingsInvalid" else FAILURE
    if os.environ.get("BENCAO_LOG_LEVEL", "").lower() == "debug":
        traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    return [f"internal error: {what}; BENCAO_LOG_LEVEL=debug shows where, please report it"], FAILURE


def main() -> None:
    """Run the command that `sys.argv` names and exit with its code."""
    sys.exit(run(sys.argv[1:]))
