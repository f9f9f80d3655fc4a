"""`bencao replay`: a proof made again at the same revision, and compared byte for byte."""

import asyncio
import difflib
import json
from typing import Annotated

import typer

from kg.errors import BencaoError
from kg.messages import text
from services.cli.ask import Server
from services.cli.flags import with_settings
from services.cli.verify import read_input
from services.settings import Settings

__all__ = ["command"]

DIFFERS = 1


class NoProof(BencaoError):
    """The file is not a proof that this verifier could make again."""


@with_settings
def command(
    proof: Annotated[str, typer.Argument(metavar="PROOF|-", help="A file that `bencao verify --proofs` wrote.")],
    server: Server = "",
    *,
    settings: Settings,
) -> None:
    """Make a proof again at the same revision of the graph; exit code 1 if it differs in any byte."""
    asyncio.run(_replay(read_input(proof), server, settings))


async def _replay(document: str, server: str, settings: Settings) -> None:
    from reasoning.verify.proof import InvalidProof, parse_proof
    from services.cli.connect import connect
    from services.rpc.convert import claim_message

    try:
        said = parse_proof(document)
    except InvalidProof as invalid:
        message = f"{invalid}"
        raise NoProof(message) from None
    async with connect(server, settings) as client:
        found = await client.verify_claims(
            [claim_message(said.claim, said.pack_id)],
            domain=said.pack_id,
            language=said.language,
            revision=said.revision,
            proofs=True,
        )
    (again,) = found.proof_documents
    if again == document:
        typer.echo(text("cli.replay.same", said.language, revision=said.revision))
        return
    typer.echo(text("cli.replay.differs", said.language))
    for line in difflib.unified_diff(_lines(document), _lines(again), "given", "again", lineterm="", n=1):
        typer.echo(line)
    raise typer.Exit(DIFFERS)


def _lines(document: str) -> list[str]:
    try:
        return json.dumps(json.loads(document), ensure_ascii=False, indent=1, sort_keys=True).splitlines()
    except ValueError:
        return document.splitlines()
