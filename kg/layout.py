"""The physical layout that both stores share, so that one compiled query fits either.

```
(:Entity {id, type, names, properties, p_<name>_<kind>…})
(:Entity)-[:<relation> {fact, subject, predicate, object, status, evidence, derived, qualifiers, q_<name>…}]->(:Entity)
(:Source {key, title, edition, licence, grade, url})
(:Meta   {domain, number, digest, layout, base, extension})
```

`base` is the digest of the pack that was loaded and `extension` what imports added since (see `kg.imports.extension`).
Ladybug keeps what it has to keep twice, once at either end of a relation, short: `subject`, `predicate` and `object`
are no columns there, but the ends and the table, and `evidence` is without the defaults at its end.
`names`, `properties`, `evidence`, `derived` and `qualifiers` are JSON and are what is read
back; the `p_` and `q_` columns repeat the declared values so that the store can filter.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from kg.errors import SchemaViolation
from kg.model import Entity, Evidence, Fact, Grade, Name, NameKind, Review, Scalar, Source, Status
from kg.schema import Relation, Schema

__all__ = [
    "ENTITY_COLUMNS",
    "FACT_COLUMNS",
    "SHORT_FACT_COLUMNS",
    "SOURCE_COLUMNS",
    "entity_row",
    "fact_row",
    "fingerprint",
    "is_current",
    "kind_of",
    "long_evidence",
    "property_column",
    "property_columns",
    "qualifier_column",
    "qualifier_columns",
    "quoted",
    "read_entity",
    "read_fact",
    "read_source",
    "short_evidence",
    "source_row",
]

ENTITY_COLUMNS: Final = ("id", "type", "names", "properties")
FACT_COLUMNS: Final = ("fact", "subject", "predicate", "object", "status", "evidence", "derived", "qualifiers")
SHORT_FACT_COLUMNS: Final = ("fact", "status", "evidence", "derived", "qualifiers")  # see above
SOURCE_COLUMNS: Final = ("key", "title", "edition", "licence", "grade", "url")

_UNSAID: Final = [Grade.UNSPECIFIED.value, Review.PENDING.value, ""]
_GRADES: Final = {each.value: each for each in Grade}
_REVIEWS: Final = {each.value: each for each in Review}
_STATUSES: Final = {each.value: each for each in Status}
_KINDS: Final = {each.value: each for each in NameKind}
_DEFAULTS: Final = f'","{_UNSAID[0]}","{_UNSAID[1]}",""]'
_VERSION: Final = 3  # raise it when anything above changes: files of another layout are built anew
_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")


def quoted(name: str) -> str:
    """Return `name` in backticks, fit to stand in a query; anything but letters, digits and `_` is refused."""
    if not _IDENTIFIER.match(name):
        message = f"{name!r} cannot name a relation, type, property or qualifier: use letters, digits and _"
        raise SchemaViolation(message, name=name)
    return f"`{name}`"


def kind_of(value: Scalar) -> str:
    """Return the schema's word for the type of `value`: `string`, `number` or `boolean`."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def property_column(name: str, kind: str) -> str:
    """Return the quoted column of a property: two types may declare one name with different kinds."""
    return quoted(f"p_{name}_{kind}")


def qualifier_column(name: str) -> str:
    """Return the quoted column of a qualifier."""
    return quoted(f"q_{name}")


def property_columns(schema: Schema) -> dict[str, str]:
    """Return every property column with its kind."""
    declared = {(name, kind) for each in schema.types.values() for name, kind in each.properties.items()}
    return {property_column(name, kind): kind for name, kind in sorted(declared)}


def qualifier_columns(relation: Relation, schema: Schema) -> dict[str, str]:
    """Return every qualifier column of `relation` with its kind."""
    return {qualifier_column(name): schema.qualifiers[name].type for name in sorted(relation.qualifiers)}


def fingerprint(schema: Schema) -> str:
    """Return the version and 16 hex digits, which change when a store of this schema has to be built anew."""
    relations = {quoted(each.id): qualifier_columns(each, schema) for each in schema.relations.values()}
    shape = json.dumps([_VERSION, property_columns(schema), relations], sort_keys=True)
    return f"{_VERSION}-{hashlib.sha256(shape.encode()).hexdigest()[:16]}"


def is_current(layout: str) -> bool:
    """Say whether a fingerprint is of this version of the layout, whatever the schema."""
    return layout.startswith(f"{_VERSION}-")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _typed(value: Scalar | None, kind: str) -> Scalar | None:
    if value is None or kind_of(value) != kind:
        return None
    return float(value) if kind == "number" else value


def entity_row(entity: Entity, schema: Schema) -> dict[str, Scalar | None]:
    """Return the columns of one entity, filters under their column name without backticks."""
    names = [[name.text, name.language, name.kind.value, name.source] for name in entity.names]
    row: dict[str, Scalar | None] = {
        "id": entity.id,
        "type": entity.type,
        "names": _json(names),
        "properties": _json(dict(entity.properties)),
    }
    for each in schema.types.values():
        for name, kind in each.properties.items():
            row[property_column(name, kind)[1:-1]] = _typed(entity.properties.get(name), kind)
    return row


def fact_row(fact: Fact, schema: Schema) -> dict[str, Scalar | None]:
    """Return the columns of one fact, filters under their column name without backticks."""
    evidence = [[e.source, e.locator, e.grade.value, e.review.value, e.quote] for e in fact.evidence]
    row: dict[str, Scalar | None] = {
        "fact": fact.id,
        "subject": fact.subject,
        "predicate": fact.predicate,
        "object": fact.object,
        "status": fact.status.value,
        "evidence": _json(evidence),
        "derived": _json(fact.derived_from),
        "qualifiers": _json(dict(fact.qualifiers)),
    }
    for name in schema.relation(fact.predicate).qualifiers:
        kind = schema.qualifiers[name].type
        row[qualifier_column(name)[1:-1]] = _typed(fact.qualifiers.get(name), kind)
    return row


def source_row(source: Source) -> dict[str, Scalar | None]:
    """Return the columns of one source."""
    return {
        "key": source.key,
        "title": source.title,
        "edition": source.edition,
        "licence": source.licence,
        "grade": source.grade.value,
        "url": source.url,
    }


def read_entity(row: Iterable[Any]) -> Entity:
    """Turn the values of `ENTITY_COLUMNS` back into an entity."""
    identity, kind, names, properties = row
    return Entity(identity, kind, _read_names(names), json.loads(properties))


@lru_cache(maxsize=1 << 14)  # a few common values stand at most facts: what was read once is not parsed again
def _read_names(names: str) -> tuple[Name, ...]:
    return tuple(Name(text, language, _KINDS[sort], source) for text, language, sort, source in json.loads(names))


def read_fact(row: Iterable[Any]) -> Fact:
    """Turn the values of `FACT_COLUMNS` back into a fact."""
    identity, subject, predicate, obj, status, evidence, derived, qualifiers = row
    held: Mapping[str, Scalar] = json.loads(qualifiers) if qualifiers != "{}" else {}
    chain = tuple(json.loads(derived)) if derived != "[]" else ()
    return Fact(identity, subject, predicate, obj, held, _read_evidence(evidence), _STATUSES[status], chain)


@lru_cache(maxsize=1 << 14)
def _read_evidence(evidence: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(source, locator, _GRADES[grade], _REVIEWS[review], quote)
        for source, locator, grade, review, quote in map(_filled, json.loads(evidence))
    )


def short_evidence(evidence: str) -> str:
    """Return the evidence of a row without the defaults at the end of each item; `read_fact` takes either."""
    # No text inside can look like this: its quotation marks would have backslashes.
    return evidence.replace(_DEFAULTS, '"]')


def long_evidence(evidence: str) -> str:
    """Return the evidence of a row as `fact_row` writes it."""
    return _json([_filled(item) for item in json.loads(evidence)])


def _filled(item: list[str]) -> list[str]:
    return item + _UNSAID[len(item) - 2 :]


def read_source(row: Iterable[Any]) -> Source:
    """Turn the values of `SOURCE_COLUMNS` back into a source."""
    key, title, edition, licence, grade, url = row
    return Source(key, title, edition, licence, Grade(grade), url)
