"""YAML and TOML files of a pack as plain data that knows its lines.

YAML is read strictly: no tags but the plain ones, no aliases (a small file could unfold into a
huge one), no key twice, bounded depth. Only `true` and `false` are booleans, so that the words
`yes`, `no`, `on` and the language `no` stay strings; dates stay strings too.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from kg.pack.faults import Faults, Place
from kg.pack.files import read_text

__all__ = ["Document", "parse", "read_toml", "read_yaml", "report_invalid"]

MAX_DEPTH: Final = 32
# The C parser of libyaml is ten times faster; the other one is there on every machine.
_Loader: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN: Final = "tag:yaml.org,2002:"
_Loc = tuple[str | int, ...]
_Form = TypeVar("_Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one file; `lines` maps the path of each value in it to its line."""

    file: str
    data: Any
    lines: Mapping[_Loc, int] = field(default_factory=dict)

    def place(self, *path: str | int) -> Place:
        """Return where the value at `path` stands, or the nearest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return Place(self.file, self.lines.get(path, 1))


def read_toml(root: Path, relative: str, faults: Faults) -> Document | None:
    """Return a TOML file, or None after reporting why not; lines are known for keys only."""
    text = read_text(root, relative, faults)
    if text is None:
        return None
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"line (\d+)", str(error))
        faults.add(Place(relative, int(at[1]) if at else 1), f"is not TOML: {error}")
        return None
    lines: dict[_Loc, int] = {}
    table: _Loc = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if header := re.match(r"\s*\[([\w.-]+)\]", line):
            table = tuple(header[1].split("."))
            lines[table] = number
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            lines[*table, key[1]] = number
    return Document(relative, data, lines)


def read_yaml(root: Path, relative: str, faults: Faults) -> Document | None:
    """Return a YAML file, or None after reporting why not; an empty file is an empty mapping."""
    text = read_text(root, relative, faults)
    if text is None:
        return None
    before = len(faults.found)
    try:
        if _is_deep_or_aliased(text, relative, faults):
            return None
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(Place(relative, mark.line + 1 if mark else 1), f"is not YAML: {error.problem or error}")
        return None
    except yaml.YAMLError as error:
        faults.add(Place(relative), f"is not YAML: {error}")
        return None
    lines: dict[_Loc, int] = {}
    data = {} if node is None else _plain(node, (), lines, lambda line, what: faults.add(Place(relative, line), what))
    return Document(relative, data, lines) if len(faults.found) == before else None


def parse(document: Document, form: type[_Form], faults: Faults) -> _Form | None:
    """Return the document as `form`, or None after reporting every field that does not fit."""
    try:
        return form.model_validate(document.data)
    except ValidationError as error:
        report_invalid(document, error, faults)
        return None


def report_invalid(document: Document, error: ValidationError, faults: Faults, *path: str | int) -> None:
    """Report every field of the value at `path` that does not fit its form."""
    for problem in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in problem["loc"]) or "the file"
        place = document.place(*path, *problem["loc"])
        faults.add(place, f"{where}: {_said(problem['type'], problem['msg'])}")


def _said(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key; remove it or correct its spelling"
    if kind == "missing":
        return "is missing; write it"
    return message


def _is_deep_or_aliased(text: str, relative: str, faults: Faults) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            faults.add(Place(relative, line), f"uses the alias *{event.anchor}; write the value out")
            return True
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                faults.add(Place(relative, line), f"is nested deeper than {MAX_DEPTH} levels; flatten it")
                return True
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return False


def _plain(node: yaml.Node, path: _Loc, lines: dict[_Loc, int], report: Callable[[int, str], None]) -> object:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    kind = node.tag.removeprefix(_PLAIN)
    if isinstance(node, yaml.MappingNode) and kind == "map":
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                report(key_line, "a key must be plain text")
                continue
            key = key_node.value
            if key in data:
                report(key_line, f"the key {key!r} stands twice; keep one")
            lines[*path, key] = key_line
            data[key] = _plain(value_node, (*path, key), lines, report)
        return data
    if isinstance(node, yaml.SequenceNode) and kind == "seq":
        return [_plain(item, (*path, position), lines, report) for position, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, kind, lambda what: report(line, what))
    report(line, f"the tag {node.tag} is not allowed; remove it")
    return None


def _scalar(node: yaml.ScalarNode, kind: str, report: Callable[[str], None]) -> object:
    text: str = node.value
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if kind in {"str", "bool", "timestamp", "value", "merge"}:
        return text
    if kind in {"int", "float"}:
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return text  # 0x1F, 1_000, 12:30: numbers of YAML 1.1 only; nobody who writes them means a number
    report(f"the tag {node.tag} is not allowed; remove it")
    return None
