"""`sources.csv`, `entities/*.csv` and `names/*.csv`: the things that facts speak of, and how to find one by name."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeAlias

from kg.linking.fold import fold_key
from kg.model import Entity, Grade, Name, NameKind, Scalar, Source
from kg.pack.faults import Faults, Place
from kg.pack.files import files_in
from kg.pack.forms import IDENTIFIER
from kg.pack.schemas import Columns
from kg.pack.tables import Row, read_table
from kg.schema import Schema

__all__ = ["Directory", "known", "parse_scalar", "read_entities", "read_sources"]

_MANY: Final = 24
MAX_NAME: Final = 200  # characters; a cell that is longer lost its closing quotation mark
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_Named: TypeAlias = tuple[str, Name, Place]  # entity id, name, where it stands


@dataclass(slots=True)
class Directory:
    """Entities by id and by standard name in the reference language."""

    entities: dict[str, Entity]
    by_name: Mapping[str, tuple[str, ...]]
    by_key: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # folded name of any kind → ids

    def resolve(self, reference: str, types: Iterable[str], place: Place, role: str, faults: Faults) -> str | None:
        """Return the id of the one entity of `types` that `reference` names, or None after reporting why not."""
        allowed = frozenset(types)
        named = self.by_name.get(reference, ())
        fitting = [found for found in named if self.entities[found].type in allowed]
        if len(fitting) == 1:
            return fitting[0]
        if len(fitting) > 1:
            faults.add(place, f"{role} {reference!r} is ambiguous; write one of the ids {', '.join(fitting)}")
            return None
        if reference in self.entities and self.entities[reference].type in allowed:
            return reference
        faults.add(place, f"{role} {self._why_unresolved(reference, allowed)}")
        return None

    def _why_unresolved(self, reference: str, allowed: frozenset[str]) -> str:
        takes = ", ".join(sorted(allowed))
        if not reference:
            return f"is empty; write the standard name of a {takes}"
        elsewhere = [*self.by_name.get(reference, ()), *([reference] if reference in self.entities else [])]
        if elsewhere:
            types = ", ".join(sorted({self.entities[found].type for found in elsewhere}))
            return f"{reference!r} is of type {types}, but here stands {takes}"
        fitting = [i for i in self.by_key.get(fold_key(reference), ()) if self.entities[i].type in allowed]
        if fitting:
            written = {found: name for name, ids in self.by_name.items() for found in ids}
            names = " or ".join(sorted(f"{written[found]!r}" for found in fitting))
            return f"{reference!r} is not a standard name; write {names}"
        candidates = [n for n, ids in self.by_name.items() if any(self.entities[i].type in allowed for i in ids)]
        near = get_close_matches(reference, candidates, n=3)
        hint = f" (did you mean {', '.join(near)}?)" if near else ""
        return f"{reference!r} names no {takes}{hint}; correct it or add the entity to entities/"


def known(value: str, names: Iterable[str]) -> str:
    """Return what to say about a value that is not one of `names`: the nearest of many, or all of few."""
    if not value:
        return "is empty; write it"
    listed = sorted(names)
    near = get_close_matches(value, listed, n=3)
    if len(listed) > _MANY and near:
        return f"{value!r}; did you mean {', '.join(near)}?"
    return f"{value!r}; write one of: {', '.join(listed)}"


def parse_scalar(text: str, kind: str) -> Scalar | None:
    """Return a cell as `kind` (string, number or boolean), or None if it is no such value."""
    if kind == "string":
        return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower())
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_sources(root: Path, faults: Faults) -> dict[str, Source]:
    """Return the sources by key."""
    sources: dict[str, Source] = {}
    for row in read_table(root, "sources.csv", ("key", "title", "edition", "licence", "grade", "url"), (), faults):
        key, grade = row["key"], row["grade"]
        if not re.fullmatch(IDENTIFIER, key):
            faults.add(row.place, f"the key {key!r} does not match {IDENTIFIER}; rename it")
        elif key in sources:
            faults.add(row.place, f"the source {key!r} stands twice; keep one")
        elif not row["title"]:
            faults.add(row.place, "the title is empty; write it")
        elif grade not in set(Grade):
            faults.add(row.place, f"unknown grade {known(grade, Grade)}")
        else:
            sources[key] = Source(key, row["title"], row["edition"], row["licence"], Grade(grade), row["url"])
    return sources


def read_entities(
    root: Path, schema: Schema, columns: Columns, sources: Mapping[str, Source], faults: Faults
) -> Directory:
    """Return all entities with all their names, ready for facts to refer to them."""
    entities: dict[str, Entity] = {}
    named: list[_Named] = []
    properties = dict.fromkeys(name for kind in schema.types.values() for name in kind.properties)
    optional = [*(name for name in columns.names if name != columns.reference), *properties]
    for table in files_in(root, "entities", ".csv", faults):
        for row in read_table(root, table, ("id", "type", columns.reference, "source"), optional, faults):
            entity = _entity(row, schema, columns, sources, faults)
            if entity is None:
                continue
            if entity.id in entities:
                faults.add(row.place, f"the entity {entity.id!r} stands twice; rename or remove one")
                continue
            entities[entity.id] = entity
            named += ((entity.id, name, row.place) for name in entity.names)
    directory = _directory(entities, columns.names[columns.reference], named, faults)
    if not faults.unread:
        named += _read_names(root, directory, sources, faults)
    _check_shared(named, entities, faults)
    for entity_id, name, _ in named[sum(len(entity.names) for entity in entities.values()) :]:
        entities[entity_id] = replace(entities[entity_id], names=(*entities[entity_id].names, name))
    by_key: dict[str, dict[str, None]] = defaultdict(dict)
    for entity_id, name, _ in named:
        by_key[fold_key(name.text)][entity_id] = None
    directory.by_key = {key: tuple(ids) for key, ids in by_key.items()}
    return directory


def _entity(row: Row, schema: Schema, columns: Columns, sources: Mapping[str, Source], faults: Faults) -> Entity | None:
    before = len(faults.found)
    kind = schema.types.get(row["type"])
    if not re.fullmatch(IDENTIFIER, row["id"]):
        faults.add(row.place, f"the id {row['id']!r} does not match {IDENTIFIER}; rename it")
    if kind is None:
        faults.add(row.place, f"unknown type {known(row['type'], schema.types)}")
    if row["source"] not in sources:
        faults.add(row.place, f"unknown source {known(row['source'], sources)}")
    if not row[columns.reference]:
        faults.add(row.place, f"the name column {columns.reference!r} is empty; write the standard name")
    names = tuple(
        Name(row[column], language, NameKind.STANDARD, row["source"])
        for column, language in columns.names.items()
        if row[column]
    )
    for name in names:
        _check_text(name.text, row.place, faults)
    properties: dict[str, Scalar] = {}
    for column, text in row.cells.items():
        if not text or kind is None or column in columns.names or column in {"id", "type", "source"}:
            continue
        if column not in kind.properties:
            faults.add(row.place, f"a {kind.id} has no property {column!r}; leave the cell empty")
            continue
        value = parse_scalar(text, kind.properties[column])
        if value is None:
            faults.add(row.place, f"the property {column!r} is {text!r}, not a {kind.properties[column]}")
        else:
            properties[column] = value
    return Entity(row["id"], row["type"], names, properties) if len(faults.found) == before else None


def _check_text(text: str, place: Place, faults: Faults) -> None:
    if len(text) > MAX_NAME:
        faults.add(place, f"the name {text[:20]!r}… is longer than {MAX_NAME} characters; shorten it")
    elif not any(character.isalnum() for character in text):
        faults.add(place, f"the name {text!r} has no letters; correct it")


def _directory(entities: dict[str, Entity], reference: str, named: Iterable[_Named], faults: Faults) -> Directory:
    by_name: dict[str, list[str]] = defaultdict(list)
    for entity_id, name, place in named:
        if name.language != reference:
            continue
        for other in by_name[name.text]:
            if entities[other].type == entities[entity_id].type:
                message = f"{name.text!r} is the standard name of {other!r} too; give each its own"
                faults.add(place, message)
        by_name[name.text].append(entity_id)
    return Directory(entities, {name: tuple(ids) for name, ids in by_name.items()})


def _read_names(root: Path, directory: Directory, sources: Mapping[str, Source], faults: Faults) -> Iterator[_Named]:
    types = {entity.type for entity in directory.entities.values()}
    seen = {(entity.id, n.text, n.language) for entity in directory.entities.values() for n in entity.names}
    for table in files_in(root, "names", ".csv", faults):
        for row in read_table(root, table, ("entity", "text", "language", "kind", "source"), (), faults):
            before = len(faults.found)
            entity_id = directory.resolve(row["entity"], types, row.place, "entity", faults)
            if not row["text"]:
                faults.add(row.place, "the text is empty; write the name")
            _check_text(row["text"] or "?a", row.place, faults)
            if not _LANGUAGE.fullmatch(row["language"]):
                faults.add(row.place, f"the language {row['language']!r} is no language tag; write e.g. 'zh' or 'en'")
            if row["kind"] not in set(NameKind):
                faults.add(row.place, f"unknown kind {known(row['kind'], NameKind)}")
            if row["source"] not in sources:
                faults.add(row.place, f"unknown source {known(row['source'], sources)}")
            if entity_id is None or len(faults.found) > before:
                continue
            if (entity_id, row["text"], row["language"]) in seen:
                faults.add(row.place, f"{row['text']!r} is already a name of {entity_id!r}; remove the row")
                continue
            seen.add((entity_id, row["text"], row["language"]))
            name = Name(row["text"], row["language"], NameKind(row["kind"]), row["source"])
            if name.kind is NameKind.STANDARD and directory.entities[entity_id].standard(name.language):
                faults.add(row.place, f"{entity_id!r} has a standard name in {name.language!r}; write another kind")
                continue
            yield entity_id, name, row.place


def _check_shared(named: Iterable[_Named], entities: Mapping[str, Entity], faults: Faults) -> None:
    """Report names that two entities of one type share without being marked collective.

    Romanised names (`zh-Latn`) are exempt: homophones are normal, and the linker asks about them.
    """
    owners: dict[tuple[str, str], dict[str, Name]] = defaultdict(dict)
    for entity_id, name, place in named:
        if name.kind is NameKind.COLLECTIVE or name.language.endswith("-Latn"):
            continue
        sharing = owners[entities[entity_id].type, fold_key(name.text)]
        for other in sharing:
            if other != entity_id:
                message = f"{name.text!r} names both {other!r} and {entity_id!r}; mark it collective or remove it"
                faults.add(place, message)
                break
        sharing.setdefault(entity_id, name)
