"""Gives a command one flag for each setting, and hands it the merged settings."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer
from pydantic import SecretStr

from services.settings import Settings, flag, load_settings, variable

__all__ = ["AsJson", "with_settings"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]

PANEL: Final = "Settings"


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with a flag for each setting in place of its keyword parameter `settings`.

    Secrets get no flag, because every user of a machine can read the arguments of its processes.
    Flags are passed on as text and checked with all other sources, so that a wrong value reads
    the same wherever it came from.
    """
    own = [p for p in inspect.signature(command).parameters.values() if p.name != "settings"]
    flags = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _annotations().items()
        if name not in {p.name for p in own}
    ]

    @functools.wraps(command)
    def run(**values: Any) -> None:  # noqa: ANN401 - whatever the command's own parameters are
        given = {parameter.name: values.pop(parameter.name) for parameter in flags}
        command(**values, settings=load_settings(given))

    del run.__wrapped__  # typer would read the signature of the original through it
    parameters = [*(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *flags]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions take attributes
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _annotations() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        if field.annotation is SecretStr:
            continue
        switch = field.annotation is bool
        declaration = f"{flag(name)}/--no-{flag(name)[2:]}" if switch else flag(name)
        metavar = None if switch else name.upper()
        words = f"{field.description} [{variable(name)}]"
        option = typer.Option(declaration, help=words, metavar=metavar, rich_help_panel=PANEL, show_default=False)
        found[name] = Annotated[(bool if switch else str) | None, option]
    return found
