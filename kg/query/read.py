"""Reads that are no plan: records by id, facts around entities, facts that match a claim, counts.

These return everything or raise: a list that would be cut is a `TraversalLimit`, never a
shorter list.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from kg.errors import TraversalLimit
from kg.layout import FACT_COLUMNS, long_evidence, read_entity, read_fact, read_source
from kg.model import Entity, Fact, Source
from kg.query.compile import Compiler
from kg.schema import Schema
from kg.store import Rows, Snapshot, Statement, Value

__all__ = [
    "all_entities",
    "entities",
    "entity_pages",
    "fact_counts",
    "facts",
    "facts_leaving",
    "facts_matching",
    "facts_of",
    "facts_touching",
    "relation_counts",
    "rows_of_entities",
    "rows_of_facts",
    "sources",
    "type_counts",
]

_LIMIT: Final = 100_000  # rows of one read; a page of a user interface or an answer needs far fewer
_EVERYTHING: Final = 1 << 40  # rows of a read that is meant to fetch a whole domain
_PAGE: Final = 50_000  # rows that are read at a time where all are wanted
_NO_SCHEMA: Final = Schema({}, {}, {})  # reads of nodes alone name no relation


async def entities(snapshot: Snapshot, ids: Iterable[str]) -> dict[str, Entity]:
    """Return the entities of `ids` that exist, by id."""
    rows = await _all(snapshot, _compiler(snapshot).entities(sorted(set(ids))))
    return {entity.id: entity for entity in map(read_entity, rows.values)}


async def rows_of_entities(snapshot: Snapshot) -> Rows:
    """Return all entities as rows of `kg.layout.ENTITY_COLUMNS`, in any order."""
    return await _all(snapshot, _compiler(snapshot, limit=_EVERYTHING).entities())


async def entity_pages(snapshot: Snapshot, size: int = _PAGE) -> AsyncIterator[Sequence[tuple[Value, ...]]]:
    """Yield all entities by id, as lists of rows of `kg.layout.ENTITY_COLUMNS`."""
    compiler, after = _compiler(snapshot, limit=size), ""
    while rows := (await snapshot.run(compiler.entities_after(after))).values:
        yield rows
        after = str(rows[-1][0])


async def rows_of_facts(snapshot: Snapshot, schema: Schema, predicate: str) -> Rows:
    """Return all facts of one relation, retracted ones too, as rows of `kg.layout.FACT_COLUMNS`, in any order."""
    rows = await _all(snapshot, _compiler(snapshot, schema, limit=_EVERYTHING).facts_of(predicate))
    at = FACT_COLUMNS.index("evidence")
    return Rows([(*row[:at], long_evidence(str(row[at])), *row[at + 1 :]) for row in rows.values])


async def all_entities(snapshot: Snapshot) -> tuple[Entity, ...]:
    """Return every entity, by id."""
    rows = await _all(snapshot, _compiler(snapshot, limit=_EVERYTHING).entities())
    return tuple(sorted(map(read_entity, rows.values), key=lambda entity: entity.id))


async def facts(snapshot: Snapshot, schema: Schema, ids: Iterable[str]) -> dict[str, Fact]:
    """Return the facts of these fact ids that exist, by id; retracted ones too."""
    rows = await _all(snapshot, _compiler(snapshot, schema).facts(sorted(set(ids))))
    return {fact.id: fact for fact in _facts(rows)}


async def facts_touching(
    snapshot: Snapshot, schema: Schema, ids: Iterable[str], *, predicates: Sequence[str] = (), superseded: bool = False
) -> tuple[Fact, ...]:
    """Return the facts with either end in `ids`, of the given relations or of all, by fact id.

    Superseded facts are left out unless they are asked for.
    """
    compiler = _compiler(snapshot, schema)
    rows = await _all(snapshot, compiler.touching(sorted(set(ids)), predicates, superseded=superseded))
    return _facts(rows)


async def facts_leaving(
    snapshot: Snapshot, schema: Schema, starts: Iterable[tuple[str, str]], *, forward: bool = True
) -> tuple[Fact, ...]:
    """Return the facts of each (subject, predicate), or not `forward` (object, predicate), superseded ones too."""
    wanted = set(starts)
    if not wanted:
        return ()
    return _facts(await _all(snapshot, _compiler(snapshot, schema).leaving(wanted, forward=forward)))


async def facts_matching(
    snapshot: Snapshot, schema: Schema, triples: Iterable[tuple[str, str, str]], *, superseded: bool = False
) -> tuple[Fact, ...]:
    """Return the facts that state one of `triples` (subject, predicate, object), by fact id.

    A fact of a symmetric relation matches both ways. Superseded facts are left out unless they are asked for.
    """
    wanted = set(triples)
    wanted |= {(obj, predicate, subject) for subject, predicate, obj in wanted if schema.relation(predicate).symmetric}
    if not wanted:
        return ()
    pairs, predicates = [(subject, obj) for subject, _, obj in wanted], {predicate for _, predicate, _ in wanted}
    compiler = _compiler(snapshot, schema)
    rows = await _all(snapshot, compiler.between(pairs, sorted(predicates), superseded=superseded))
    return tuple(fact for fact in _facts(rows) if (fact.subject, fact.predicate, fact.object) in wanted)


async def facts_of(snapshot: Snapshot, schema: Schema, predicates: Sequence[str], most: int) -> tuple[Fact, ...]:
    """Return all facts of some relations, retracted ones too, in any order.

    Raises:
        TraversalLimit: there are more than `most`.
    """
    rows = await _all(snapshot, _compiler(snapshot, schema, most).facts_of(*predicates))
    return tuple(map(read_fact, rows.values))


async def relation_counts(snapshot: Snapshot, schema: Schema, entity: str) -> dict[str, int]:
    """Return how many facts of each relation touch `entity`; relations without any are left out."""
    rows = await _all(snapshot, _compiler(snapshot, schema).relation_counts(entity))
    totals: Counter[str] = Counter()
    for _, predicate, total in rows.values:
        totals[str(predicate)] += total if isinstance(total, int) else 0
    return dict(totals)


async def type_counts(snapshot: Snapshot) -> dict[str, int]:
    """Return how many entities there are of each type; types without any are left out."""
    return _counts(await _all(snapshot, _compiler(snapshot).type_counts()))


async def fact_counts(snapshot: Snapshot, schema: Schema) -> dict[str, int]:
    """Return how many facts hold of each relation; relations without any are left out."""
    return _counts(await _all(snapshot, _compiler(snapshot, schema).fact_counts()))


async def sources(snapshot: Snapshot) -> dict[str, Source]:
    """Return all sources, by key."""
    rows = await _all(snapshot, _compiler(snapshot).sources())
    return {source.key: source for source in map(read_source, rows.values)}


def _compiler(snapshot: Snapshot, schema: Schema = _NO_SCHEMA, limit: int = 0) -> Compiler:
    return Compiler(snapshot.dialect, schema, limit or _LIMIT)


async def _all(snapshot: Snapshot, statement: Statement) -> Rows:
    rows = await snapshot.run(statement)
    if rows.truncated:
        message = f"the graph holds more than {statement.limit} records of this kind; ask for fewer at a time"
        raise TraversalLimit(message, limit=str(statement.limit))
    return rows


def _facts(rows: Rows) -> tuple[Fact, ...]:
    return tuple(sorted(map(read_fact, rows.values), key=lambda fact: fact.id))


def _counts(rows: Rows) -> dict[str, int]:
    return {str(key): number for key, number in rows.values if isinstance(number, int)}
