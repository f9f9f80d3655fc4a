"""Reading a pack: all files of a folder into a checked `Pack`, or every fault at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from kg.errors import PackInvalid
from kg.model import Graph
from kg.pack.content import Pack
from kg.pack.derive import derive
from kg.pack.documents import Document, read_yaml
from kg.pack.facts import read_facts
from kg.pack.faults import Faults, Place
from kg.pack.nouns import read_entities, read_sources
from kg.pack.schemas import read_header, read_schema
from kg.schema import Schema

__all__ = ["Check", "read_pack"]

Check: TypeAlias = Callable[[Pack], Iterable[str]]

_LANGUAGE_FILES: Final = ("lexicon.yaml", "phrases.yaml")


def read_pack(folder: Path, extra_checks: Iterable[Check] = ()) -> Pack:
    """Return the pack in `folder`.

    `extra_checks` are the layers that parse a part of the pack further (rules, lexicon, phrases);
    each takes the pack and returns its faults as `file:line: message`. They run once the rest is
    without fault.

    Raises:
        PackInvalid: naming every fault with file and line.
    """
    faults = Faults()
    pack = _read(Path(folder), faults)
    if pack is None or faults.found:
        raise PackInvalid(faults.lines())
    more = [fault for extra in extra_checks for fault in extra(pack)]
    if more:
        raise PackInvalid(more)
    return pack


def _read(folder: Path, faults: Faults) -> Pack | None:
    if not folder.is_dir():
        faults.add(Place("pack.toml"), f"{folder} is not a folder; name the folder of a pack")
        return None
    header = read_header(folder, faults)
    schema_and_columns = read_schema(folder, header, faults) if header else None
    sources = read_sources(folder, faults)
    if header is None or schema_and_columns is None or faults.unread:
        return None
    schema, columns = schema_and_columns
    directory = read_entities(folder, schema, columns, sources, faults)
    facts = () if faults.unread else read_facts(folder, schema, directory, sources, faults)
    lexicon, phrases = (_mapping(folder, name, schema, faults) for name in _LANGUAGE_FILES)
    rules = _cases(folder, "rules.yaml", "rules", schema, faults)
    golden = _cases(folder, "golden.yaml", "cases", schema, faults)
    if faults.found:
        return None
    entities = directory.entities
    return Pack(
        id=header.id,
        version=header.version,
        licence=header.licence,
        title=dict(header.title),
        languages=tuple(header.languages),
        reference_language=header.reference_language,
        folder=folder.resolve(),
        schema=schema,
        graph=Graph(header.id, tuple(entities.values()), derive(schema, entities, facts), tuple(sources.values())),
        lexicon=lexicon,
        phrases=phrases,
        rules=rules,
        golden=golden,
    )


def _mapping(folder: Path, name: str, schema: Schema, faults: Faults) -> Mapping[str, Any]:
    document = read_yaml(folder, name, faults) if (folder / name).exists() else None
    if document is None:
        return {}
    if not isinstance(document.data, dict):
        faults.add(document.place(), "must be a mapping at the top; see the other packs")
        return {}
    _check_references(document, schema, faults)
    data: Mapping[str, Any] = document.data
    return data


def _cases(folder: Path, name: str, key: str, schema: Schema, faults: Faults) -> tuple[Mapping[str, Any], ...]:
    document = read_yaml(folder, name, faults) if (folder / name).exists() else None
    if document is None:
        return ()
    data = document.data
    path: tuple[str, ...] = ()
    if isinstance(data, dict):
        for unknown in data.keys() - {key}:
            faults.add(document.place(unknown), f"unknown key {unknown!r}; the one key at the top is {key!r}")
        data, path = data.get(key) or [], (key,)
    if not isinstance(data, list):
        faults.add(document.place(*path), f"must be a list under the key {key!r}")
        return ()
    for position, item in enumerate(data):
        if not isinstance(item, dict):
            faults.add(document.place(*path, position), "must be a mapping; write `key: value` lines")
    _check_references(document, schema, faults)
    return tuple(item for item in data if isinstance(item, dict))


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
        parent = next(part for part in reversed(path) if isinstance(part, str))
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
