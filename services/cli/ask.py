"""`bencao ask`: one question to a server, or to one opened in this process for it."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from kg.errors import BencaoError
from services.cli.flags import AsJson, with_settings
from services.settings import Settings

if TYPE_CHECKING:
    from bencao.client import Asked

__all__ = ["Server", "command"]

Server = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        envvar="BENCAO_SERVER",
        help="Ask this server. Without it, one that answers on the default address is asked; "
        "if there is none, this process answers itself.",
    ),
]


class BadContext(BencaoError):
    """`--context` was not given as `key=value`."""


@with_settings
def command(
    question: Annotated[str, typer.Argument(help="The question, in Chinese or English.")],
    language: Annotated[
        str, typer.Option(help="Language of the answer: `zh`, `en`, or empty for the question's.")
    ] = "",
    context: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="About the person, e.g. `pregnant=true`; may be repeated."),
    ] = None,
    conversation: Annotated[
        str, typer.Option(metavar="ID", help="Go on with the conversation of an earlier answer; needs a server.")
    ] = "",
    audience: Annotated[
        str, typer.Option(help="Who reads the answer: `professional` (the default) or `public`, in plain words.")
    ] = "",
    server: Server = "",
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Ask one question and print the verified answer."""
    question = question.encode("utf-8", "replace").decode("utf-8")  # bytes of the shell that are no text
    known = parse_context(context or ()) | ({"audience": audience} if audience else {})
    # A domain is sent only if someone chose one: a server has its own default.
    asked: Asked = {
        "language": language,
        "context": known,
        "conversation": conversation,
        "domain": settings.domain if "domain" in settings.model_fields_set else "",
        "timeout": settings.answer_timeout,
    }
    asyncio.run(_ask(question, asked, server, as_json, settings))


async def _ask(question: str, asked: "Asked", server: str, as_json: bool, settings: Settings) -> None:
    from bencao.v1.answer_service_pb2 import Answer, AskQuestionResponse
    from services.cli.connect import connect, print_json
    from services.cli.show import language_of, show_answer

    words = Console(stderr=True)
    progress = nullcontext() if as_json or not words.is_terminal else words.status("…")
    answer = Answer()
    with progress as status:
        async with connect(server, settings) as client:
            async for event in client.stream(question, **asked):
                if status and event.WhichOneof("event") == "step_started":
                    status.update(event.step_started.title)
                elif event.WhichOneof("event") == "completed":
                    answer = event.completed
    if as_json:
        print_json(AskQuestionResponse(answer=answer))
    else:
        language = asked.get("language", "")
        show_answer(answer, language[:2] if language[:2] in {"zh", "en"} else language_of(question), Console())


def parse_context(pairs: Sequence[str]) -> dict[str, object]:
    """Turn `key=value` pairs into a context: `true`, `false` and numbers are read as such, commas separate lists."""
    context: dict[str, object] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not (key and separator):
            message = f"--context {pair!r}: write KEY=VALUE, e.g. --context pregnant=true"
            raise BadContext(message, context=pair)
        context[key] = [_scalar(part) for part in value.split(",")] if "," in value else _scalar(value)
    return context


def _scalar(word: str) -> str | float | bool:
    if word.lower() in {"true", "false"}:
        return word.lower() == "true"
    try:
        return float(word)
    except ValueError:
        return word
