"""`bencao demo`: sets everything up, serves, and asks the pack's demo questions over gRPC."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule

from kg.errors import PackInvalid
from kg.messages import text
from services.cli.flags import AsJson, with_settings
from services.settings import Settings

if TYPE_CHECKING:
    from bencao.client import Client
    from services.compose import Service

__all__ = ["DemoQuestion", "command", "read_questions"]

FILE: Final = "demo.yaml"
LABELS: Final = "en"  # of what is said around the questions; each answer is labelled in its own language


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    """A question, its language, and what it is there to show, in that language."""

    language: str
    text: str
    shows: str


@with_settings
def command(
    leave: Annotated[bool, typer.Option("--exit", help="Stop after the questions instead of serving on.")] = False,
    pull: Annotated[bool, typer.Option(help="Get the default local model first if no model is set.")] = True,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Set everything up, serve, and ask the pack's demo questions over gRPC; then serve until Ctrl-C."""
    from services.telemetry import set_up_logs

    set_up_logs("warning", settings.log_format)
    console = Console(stderr=as_json)
    if pull and not settings.model and not settings.model_base_url:
        _pull(console)
    if "prose" not in settings.model_fields_set:  # the demo shows what the model may write, unless told not to
        settings = settings.model_copy(update={"prose": True})
    asyncio.run(_demo(settings, console, leave, as_json))


def _pull(console: Console) -> None:
    from reasoning.llm.errors import ModelUnavailable
    from services.cli.model import pull_with_progress

    try:
        pull_with_progress(console)
    except ModelUnavailable as error:
        console.print(text("cli.demo.alone", LABELS, because=error), style="yellow", highlight=False, markup=False)


async def _demo(settings: Settings, console: Console, leave: bool, as_json: bool) -> None:
    from bencao.client import Client
    from services.cli.serve import until_stopped
    from services.rpc.server import serving

    began = time.monotonic()
    async with AsyncExitStack() as stack:
        service = await _open(settings, console, stack)
        port = await stack.enter_async_context(serving(service, settings))
        stopped = asyncio.create_task(until_stopped().wait())
        domain = service.domains[service.default]
        address = f"{settings.host}:{port}"
        ready = {
            "title": domain.pack.title.get(LABELS, domain.pack.id),
            "address": address,
            "seconds": time.monotonic() - began,
            "model": domain.model_name or text("cli.demo.no_model", LABELS),
        }
        console.print(text("cli.demo.ready", LABELS, **ready), highlight=False)
        client = await stack.enter_async_context(Client(address, timeout=settings.answer_timeout))
        questions = read_questions(domain.pack.folder)
        asking = asyncio.create_task(_ask_all(client, questions, console, as_json))
        await asyncio.wait({asking, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            return
        await asking  # raises what went wrong
        console.print(Rule())
        example = json.dumps(questions[0].text if questions else "…", ensure_ascii=False)
        words = text("cli.demo.next", LABELS, address=address, question=example)
        console.print(words, highlight=False, soft_wrap=True, markup=False)
        if not leave:
            console.print(text("cli.demo.serving", LABELS, address=address), highlight=False)
            await stopped


async def _open(settings: Settings, console: Console, stack: AsyncExitStack) -> "Service":
    """Open the service in `stack`, one bar per stage; how long a stage takes is not known before."""
    from services.compose import Stage, open_service

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        running: list[TaskID] = []

        def finish() -> None:
            while running:
                bars.update(running.pop(), total=1, completed=1)

        def on_stage(stage: Stage, about: str) -> None:
            finish()
            if about:
                task = bars.add_task(text(f"cli.stage.{stage}", LABELS, about=about), total=None)
                if stage is not Stage.MODEL:  # which goes on while the others run
                    running.append(task)

        service = await stack.enter_async_context(open_service(settings, on_stage=on_stage))
        running += bars.task_ids
        finish()
    return service


async def _ask_all(client: "Client", questions: Sequence[DemoQuestion], console: Console, as_json: bool) -> None:
    for number, question in enumerate(questions, start=1):
        await _ask(client, number, question, console, as_json)


async def _ask(client: "Client", number: int, question: DemoQuestion, console: Console, as_json: bool) -> None:
    from bencao.client import CallFailed
    from bencao.v1.answer_service_pb2 import AskQuestionResponse
    from services.cli.connect import print_json
    from services.cli.show import show_answer

    began = time.monotonic()
    try:
        answer = await client.ask(question.text, language=question.language)
    except CallFailed as failed:
        console.print(f"{failed.code.name}: {failed}", style="red", highlight=False, markup=False)
        return
    if as_json:
        print_json(AskQuestionResponse(answer=answer))
        return
    console.print(Rule(f"{number} · {question.shows}", align="left"))
    console.print(f"{text('cli.question', question.language)}: {question.text}", style="bold", markup=False)
    show_answer(answer, question.language, console)
    seconds = text("cli.seconds", question.language, seconds=time.monotonic() - began)
    console.print(text("cli.demo.seen", question.language, seconds=seconds), style="dim", highlight=False)


def read_questions(folder: Path) -> tuple[DemoQuestion, ...]:
    """Read the demo questions of the pack in `folder`; none if it has none.

    Raises:
        PackInvalid: the file is not a list of `{language, text, shows}`.
    """
    path = folder / FILE
    if not path.is_file():
        return ()
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        return tuple(
            DemoQuestion(entry["language"], entry["text"], entry["shows"][entry["language"]]) for entry in entries
        )
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        fault = f"{path}:1: not a list of {{language, text, shows: {{zh, en}}}}: {error}"
        raise PackInvalid([fault]) from None
