"""The YAML files of a pack but its schema as plain data, with names of the schema checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.pack.documents import Document, read_yaml
from kg.pack.faults import Faults
from kg.schema import Schema

__all__ = ["Items", "read_items", "read_mapping"]


@dataclass(frozen=True, slots=True)
class Items:
    """A file that is a list: its mappings, and the path of the list inside the document."""

    document: Document
    path: tuple[str, ...] = ()
    mappings: tuple[Mapping[str, Any], ...] = ()


def read_mapping(root: Path, name: str, schema: Schema, faults: Faults, *, optional: bool = False) -> Document:
    """Return a file that is a mapping at the top; empty after reporting why not, or if an optional one is not there."""
    if optional and not (root / name).exists():
        return Document(name, {})
    document = read_yaml(root, name, faults)
    if document is None:
        return Document(name, {})
    if not isinstance(document.data, dict):
        faults.add(document.place(), "must be a mapping at the top; see the other packs")
        return Document(name, {})
    _check_references(document, schema, faults)
    return document


def read_items(root: Path, name: str, key: str, schema: Schema, faults: Faults) -> Items:
    """Return a file that is a list of mappings, at the top or under its one key; empty after reporting why not."""
    document = read_yaml(root, name, faults)
    if document is None:
        return Items(Document(name, []))
    data = document.data
    path: tuple[str, ...] = ()
    if isinstance(data, dict):
        for unknown in data.keys() - {key}:
            faults.add(document.place(unknown), f"unknown key {unknown!r}; the one key at the top is {key!r}")
        data, path = data.get(key) or [], (key,)
    if not isinstance(data, list):
        faults.add(document.place(*path), f"must be a list under the key {key!r}")
        return Items(document)
    for position, item in enumerate(data):
        if not isinstance(item, dict):
            faults.add(document.place(*path, position), "must be a mapping; write `key: value` lines")
    _check_references(document, schema, faults)
    return Items(document, path, tuple(item for item in data if isinstance(item, dict)))


def _check_references(document: Document, schema: Schema, faults: Faults) -> None:
    """Report names that the schema does not have under the keys below, at any depth.

    The layers that use a file know the rest of its form.
    """
    names = {
        "relation": schema.relations,
        "relations": schema.relations,
        "types": schema.types,
        "qualifiers": schema.qualifiers,
        # Keys of rules: which facts a rule looks for, and along which relations a subject stands for others.
        "pair": schema.relations,
        "fact": schema.relations,
        "expand": schema.relations,
    }
    for path, text in _words(document.data, ()):
        parent = next((part for part in reversed(path) if isinstance(part, str)), "")
        allowed = names.get(parent)
        if allowed is not None and text.removeprefix("^") not in allowed:
            what = {"types": "type", "qualifiers": "qualifier"}.get(parent, "relation")
            message = f"unknown {what} {text!r}; write one of: {', '.join(sorted(allowed))}"
            faults.add(document.place(*path, text), message)


def _words(data: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every string of the data with its path; a key counts as a word under its parent."""
    if isinstance(data, dict):
        for key, value in data.items():
            if path:
                yield path, key
            yield from _words(value, (*path, key))
    elif isinstance(data, list):
        for position, item in enumerate(data):
            yield from _words(item, (*path, position))
    elif isinstance(data, str) and path:
        yield path, data
