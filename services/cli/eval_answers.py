"""`bencao eval answers`: asks several systems the pack's questions, with the same model, and records the answers."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from kg.messages import text
from services.cli.flags import AsJson, with_settings
from services.settings import Settings

__all__ = ["command"]

_OUT: Final = Path("answers")


@with_settings
def command(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the records; a run that was stopped goes on.")
    ] = _OUT,
    arms: Annotated[str, typer.Option(help="Systems to ask, separated by commas; all that run here if empty.")] = "",
    part: Annotated[str, typer.Option("--set", help="`dev` or `frozen`; `frozen` is for reports only.")] = "dev",
    limit: Annotated[int, typer.Option(min=0, help="Ask this many, balanced over kinds; 0 for all.")] = 0,
    judge: Annotated[str, typer.Option(metavar="MODEL", help="A model that gives a second opinion.")] = "",
    peers_uri: Annotated[str, typer.Option(help="Neo4j of the peers; what it holds is replaced.")] = "",
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Ask the question sets of the domain; the peers' Neo4j is opened with BENCAO_NEO4J_PASSWORD."""
    if part not in {"dev", "frozen"}:
        message = f"{part!r} is no set; use dev or frozen"
        raise typer.BadParameter(message, param_hint="--set")
    names = [name.strip() for name in arms.split(",") if name.strip()]
    asyncio.run(_run(out, names, part, limit, judge, peers_uri, as_json, settings))


async def _run(
    out: Path, names: list[str], part: str, limit: int, judge: str, peers_uri: str, as_json: bool, settings: Settings
) -> None:
    import os

    from reasoning.evaluation.questions import read_questions
    from services.compose import open_service
    from services.evaluation.arms import ARMS, ArmUnavailable, Peers, open_arm
    from services.evaluation.judge import open_judge
    from services.evaluation.run import Record, balanced, run_arm, write_circumstances

    for name in names:
        if name not in ARMS:
            message = f"{name!r} is no system; there are {', '.join(ARMS)}"
            raise typer.BadParameter(message, param_hint="--arms")
    peers = Peers(peers_uri, settings.neo4j_user, settings.neo4j_password.get_secret_value())
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    async with open_service(settings) as service:
        domain = service.domains[service.default]
        known = {case.id: case for case in read_questions(domain.pack)}
        cases = balanced([case for case in known.values() if case.part == part], limit)
        if not cases:
            message = f"the pack {domain.pack.id} has no questions of the set {part}; write questions/{part}.yaml"
            raise typer.BadParameter(message, param_hint="--set")
        about = {"set": part, "questions": len(cases), "model": domain.model_name or "none"}
        await asyncio.to_thread(write_circumstances, out, **about, cores=os.cpu_count(), revision=domain.revision.token)
        for name in names or ARMS:
            asked = 0

            def told(record: Record) -> None:
                nonlocal asked
                asked += 1
                if as_json:
                    typer.echo(record.line())
                else:
                    figures = {"arm": record.arm, "number": asked, "total": len(cases), "case": record.case}
                    typer.echo(text("evaluation.asked", "en", seconds=f"{record.seconds:.2f}", **figures))

            try:
                async with (
                    open_judge(judge, domain, settings) as second,
                    open_arm(name, domain, peers, settings.answer_timeout) as arm,
                ):
                    await run_arm(arm, cases, known, out, told, second)
            except ArmUnavailable as error:
                if names:
                    raise
                typer.echo(str(error), err=True)
