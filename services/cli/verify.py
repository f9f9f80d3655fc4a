"""`bencao verify`: every statement of a text, or claims of a file, against the graph."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from google.protobuf import json_format
from rich.console import Console

from kg.errors import BencaoError
from services.cli.ask import Server
from services.cli.flags import AsJson, with_settings
from services.settings import Settings

if TYPE_CHECKING:
    from bencao.v1.claim_pb2 import Claim, ClaimVerdict

__all__ = ["command", "read_input"]

REFUTED = 1
_A_BATCH = 100


class UnreadableInput(BencaoError):
    """What should be read is not there, or is not what it should be."""


@with_settings
def command(
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="The text to verify; `-` reads standard input.")],
    claims: Annotated[
        bool, typer.Option("--claims", help="FILE has one claim a line, as proto3 JSON of `bencao.v1.Claim`.")
    ] = False,
    language: Annotated[str, typer.Option(help="Language of the reasons: `zh`, `en`, or empty for the text's.")] = "",
    proofs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write one proof for each verdict into this folder.")
    ] = None,
    server: Server = "",
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Verify every statement of a text against the graph; exit code 1 if any is refuted."""
    asyncio.run(_verify(read_input(source), claims, language, proofs, server, as_json, settings))


def read_input(source: str) -> str:
    """Return the text of a file, or of standard input for `-`; bytes that are no UTF-8 are an error.

    Raises:
        UnreadableInput: there is no such file, or it is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        message = f"{source}: {error.strerror or error}; name a file, or - for standard input"
        raise UnreadableInput(message) from None
    except UnicodeDecodeError as error:
        message = f"{source}: not UTF-8 at byte {error.start}; convert it first"
        raise UnreadableInput(message) from None


async def _verify(
    words: str, is_claims: bool, language: str, proofs: Path | None, server: str, as_json: bool, settings: Settings
) -> None:
    from bencao.v1.verification_service_pb2 import VerifyClaimsResponse
    from services.cli.connect import connect, print_json
    from services.cli.show import language_of
    from services.cli.show_verdicts import show_text, show_verdicts
    from services.cli.state import relation_labels

    shown = language[:2] if language[:2] in {"zh", "en"} else language_of(words)
    chosen = settings.domain if "domain" in settings.model_fields_set else ""
    async with connect(server, settings) as client:
        if is_claims:
            given = _claims(words)
            found = VerifyClaimsResponse()
            for start in range(0, len(given), _A_BATCH):
                part = await client.verify_claims(
                    given[start : start + _A_BATCH],
                    domain=chosen,
                    language=shown,
                    revision=found.verified_at.token,
                    proofs=proofs is not None,
                )
                found.MergeFrom(part)
            if as_json:
                print_json(found)
            else:
                labels = await relation_labels(client, found.evidence, shown)
                show_verdicts(found.verdicts, found.evidence, found.verified_at.token, labels, shown, Console())
            verdicts, documents = found.verdicts, found.proof_documents
        else:
            checked = await client.verify_text(words, domain=chosen, language=shown, proofs=proofs is not None)
            if as_json:
                print_json(checked)
            else:
                labels = await relation_labels(client, checked.evidence, shown)
                show_text(words, checked, labels, shown, Console())
            verdicts, documents = checked.verdicts, checked.proof_documents
    if proofs:
        _write(proofs, documents)
    if any(_is_refuted(verdict) for verdict in verdicts):
        raise typer.Exit(REFUTED)


def _write(folder: Path, documents: Sequence[str]) -> None:
    """Write each proof into a file named by the place of its verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, document in enumerate(documents, start=1):
        if document:
            (folder / f"{number:04d}.json").write_text(document, encoding="utf-8")


def _claims(words: str) -> Sequence["Claim"]:
    from bencao.v1.claim_pb2 import Claim

    found = []
    for number, line in enumerate(words.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(json_format.Parse(line, Claim()))
        except json_format.ParseError as error:
            message = f"line {number}: not the JSON of a claim: {error}"
            raise UnreadableInput(message) from None
    if not found:
        message = "there is no claim in the file; write one a line, as JSON"
        raise UnreadableInput(message)
    return found


def _is_refuted(verdict: "ClaimVerdict") -> bool:
    from bencao.v1.claim_pb2 import ClaimVerdict

    return verdict.verdict == ClaimVerdict.VERDICT_REFUTED
