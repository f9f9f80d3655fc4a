"""`bencao pack check`: is this folder a valid domain pack?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from kg.errors import PackInvalid
from services.cli.flags import AsJson

__all__ = ["command"]


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the pack.")],
    as_json: AsJson = False,
) -> None:
    """Check a domain pack and name file and line of each fault."""
    from kg.pack.read import read_pack
    from reasoning.claims import statement_faults
    from reasoning.guards import guard_faults
    from reasoning.lexicon import lexicon_faults
    from reasoning.obligations import obligation_faults
    from reasoning.safety import safety_faults

    try:
        pack = read_pack(folder, (lexicon_faults, statement_faults, guard_faults, safety_faults, obligation_faults))
    except PackInvalid as invalid:
        if as_json:
            typer.echo(json.dumps({"valid": False, "faults": invalid.faults}, ensure_ascii=False, indent=2))
        else:
            for fault in invalid.faults:
                typer.echo(fault, err=True)
            typer.echo(f"{len(invalid.faults)} faults", err=True)
        raise typer.Exit(1) from None
    counts = {
        "entities": len(pack.graph.entities),
        "facts": len(pack.graph.facts),
        "sources": len(pack.graph.sources),
        "golden": len(pack.golden),
    }
    if as_json:
        typer.echo(json.dumps({"valid": True, "id": pack.id, "version": pack.version, **counts}, indent=2))
    else:
        typer.echo(f"{pack.id} {pack.version} is valid: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
