"""Writes the README's tables of settings, variables and commands: `python -m services.cli.docs README.md`."""

import re
import sys
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from services.cli.main import COMMANDS
from services.settings import OTHER_VARIABLES, Settings, flag, variable

__all__ = ["TABLES", "spliced"]


def settings_table() -> str:
    """Return one row per setting: key in `bencao.toml`, flag, variable, default, meaning."""
    rows = ["| `bencao.toml` | flag | environment | default | meaning |", "| --- | --- | --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        # Secrets have no flag: every user of a machine can read the arguments of its processes.
        switch = "none" if field.annotation is SecretStr else f"`{flag(name)}`"
        rows.append(f"| `{name}` | {switch} | `{variable(name)}` | {_default(field)} | {field.description} |")
    return "\n".join(rows)


def variables_table() -> str:
    """Return one row per environment variable that is no setting."""
    rows = ["| environment | meaning |", "| --- | --- |"]
    return "\n".join([*rows, *(f"| `{name}` | {meaning} |" for name, meaning in OTHER_VARIABLES.items())])


def commands_table() -> str:
    """Return one row per command."""
    rows = ["| command | what it does |", "| --- | --- |"]
    return "\n".join([*rows, *(f"| `bencao {' '.join(words)}` | {line} |" for words, (_, line) in COMMANDS.items())])


TABLES: Final = {"settings": settings_table, "variables": variables_table, "commands": commands_table}
"""Name of a table in the README (`<!-- NAME -->` … `<!-- /NAME -->`) → what makes it."""


def spliced(page: str) -> str:
    """Return `page` with every table made anew."""
    for name, make in TABLES.items():
        pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
        before, *_, after = pattern.split(page)
        page = f"{before}<!-- {name} -->\n{make()}\n<!-- /{name} -->{after}"
    return page


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.default_factory or value in (None, "", ()) or isinstance(value, SecretStr):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    readme = Path(sys.argv[1])
    readme.write_text(spliced(readme.read_text(encoding="utf-8")), encoding="utf-8")
