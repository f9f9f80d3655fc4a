"""`bencao check`: a prescription for a person against the safety rules."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from kg.errors import BencaoError
from services.cli.ask import Server, parse_context
from services.cli.flags import AsJson, with_settings
from services.cli.verify import read_input
from services.settings import Settings

if TYPE_CHECKING:
    from bencao.v1.safety_pb2 import Acknowledgement

__all__ = ["command"]

AVOID = 1
_LONGEST_NAME = 200


class BadAcknowledgement(BencaoError):
    """`--acknowledge` was not given as `RULE=REASON`."""


@with_settings
def command(
    prescription: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="What is to be used, with doses and preparation, and what is known of the person, separated by "
            "commas, semicolons or lines; the name of a file, or `-` for standard input.",
        ),
    ],
    context: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="About the person, e.g. `pregnant=true`; may be repeated."),
    ] = None,
    acknowledge: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE=REASON", help="Accept what a rule finds, with a reason; may be repeated."),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the findings: `zh`, `en`, or empty for the text's.")] = "",
    server: Server = "",
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Check a prescription for a person; exit code 1 if it has to be avoided."""
    words = read_input(prescription) if prescription == "-" or _is_file(prescription) else prescription
    words = words.encode("utf-8", "replace").decode("utf-8")  # bytes of the shell that are no text
    asyncio.run(_check(words, parse_context(context or ()), acknowledge or (), language, server, as_json, settings))


def _is_file(words: str) -> bool:
    try:
        return len(words) < _LONGEST_NAME and Path(words).is_file()
    except (OSError, ValueError):
        return False


async def _check(
    words: str,
    person: dict[str, object],
    accepted: Sequence[str],
    language: str,
    server: str,
    as_json: bool,
    settings: Settings,
) -> None:
    from bencao.v1.decision_service_pb2 import CheckSafetyResponse
    from services.cli.connect import connect, print_json
    from services.cli.show import language_of
    from services.cli.show_safety import show_check

    shown = language[:2] if language[:2] in {"zh", "en"} else language_of(words)
    chosen = settings.domain if "domain" in settings.model_fields_set else ""
    async with connect(server, settings) as client:
        found = await client.check_prescription(
            words,
            domain=chosen,
            language=shown,
            context=person,
            acknowledgements=[_acknowledgement(each, settings.domain) for each in accepted],
        )
    if as_json:
        print_json(found)
    else:
        show_check(found, shown, Console())
    if found.conclusion == CheckSafetyResponse.CONCLUSION_AVOID:
        raise typer.Exit(AVOID)


def _acknowledgement(said: str, domain: str) -> "Acknowledgement":
    from bencao.v1.safety_pb2 import Acknowledgement

    rule, separator, reason = said.partition("=")
    if not (rule.strip() and separator and reason.strip()):
        message = (
            f"--acknowledge {said!r}: write RULE=REASON, e.g. --acknowledge incompatible-pair='a classical formula'"
        )
        raise BadAcknowledgement(message)
    return Acknowledgement(rule=f"domains/{domain}/rules/{rule.strip()}", reason=reason.strip())
