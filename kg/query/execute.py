"""Runs a plan on a snapshot, bottom up: one statement for each operator that needs the graph.

Set operators work on ids here; the store only walks, filters and counts. The same plan gives
the same result on every store, down to the order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from kg.layout import read_entity, read_fact
from kg.model import Fact, Scalar
from kg.query.compile import Compiler
from kg.query.paths import find_paths
from kg.query.plan import (
    Anchor,
    Attribute,
    Check,
    Compare,
    Count,
    Difference,
    Entities,
    Expand,
    Filter,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
    Union,
)
from kg.query.result import Result, Trace, operator
from kg.schema import Schema
from kg.store import Rows, Snapshot, Statement

__all__ = ["execute"]

_Witnesses = Mapping[str, tuple[Fact, ...]]


@dataclass(frozen=True, slots=True)
class _Found:
    """Entities in hand, each with its witnesses (every id is a key)."""

    witnesses: _Witnesses
    truncated: bool = False
    values: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.witnesses)


@dataclass(slots=True)
class _Run:
    snapshot: Snapshot
    compiler: Compiler
    trace: list[Trace] = field(default_factory=list)

    async def rows(self, statement: Statement) -> Rows:
        return await self.snapshot.run(statement)

    def note(self, node: Plan, rows: int, *statements: Statement) -> None:
        query = ";\n".join(text for statement in statements for text in statement.texts)
        self.trace.append(Trace(operator(node), node, query, rows))


async def execute(plan: Plan, snapshot: Snapshot, schema: Schema, *, row_limit: int = 5000) -> Result:
    """Run a plan that `kg.query.check` has accepted.

    Args:
        plan: any plan.
        snapshot: where to read; its revision is the one answered from.
        schema: the schema that the plan was checked against.
        row_limit: rows that one statement may return; `Result.truncated` says when one had more.

    Raises:
        GraphUnavailable: the store does not answer, or not in time.
        SchemaViolation: the plan was not checked.
    """
    run = _Run(snapshot, Compiler(snapshot.dialect, schema, row_limit))
    match plan:
        case Count():
            result = await _count(run, plan)
        case Check():
            result = await _check(run, plan)
        case Compare():
            result = await _compare(run, plan)
        case Attribute():
            result = await _attribute(run, plan)
        case Paths():
            result = await _paths(run, plan)
        case _:
            found = await _entities(run, plan)
            result = Result(found.ids, found.witnesses, values=found.values, truncated=found.truncated)
            result = replace(result, total=await _total(run, plan, found))
    return replace(result, trace=tuple(run.trace))


async def _entities(run: _Run, plan: Entities) -> _Found:
    match plan:
        case Anchor(ids, narrower):
            found = _Found(dict.fromkeys((*ids, *narrower), ()))
            run.note(plan, len(found.ids))
        case OfType(kind):
            statement = run.compiler.of_type(kind)
            rows = await run.rows(statement)
            found = _Found(dict.fromkeys((str(identity) for (identity,) in rows.values), ()), rows.truncated)
            run.note(plan, len(found.ids), statement)
        case Expand():
            found = await _expand(run, plan)
        case Filter(source, condition):
            inner = await _entities(run, source)
            statement = run.compiler.filter(inner.ids, condition)
            rows = await run.rows(statement)
            kept = {str(identity) for (identity,) in rows.values}
            found = _Found(_only(inner.witnesses, kept), inner.truncated or rows.truncated)
            run.note(plan, len(kept), statement)
        case Intersect(parts):
            each = [await _entities(run, part) for part in parts]
            common = set.intersection(*(set(part.ids) for part in each))
            found = _Found(_joined(each, common), any(part.truncated for part in each))
            run.note(plan, len(common))
        case Union(parts):
            each = [await _entities(run, part) for part in parts]
            found = _Found(_joined(each, {i for part in each for i in part.ids}), any(part.truncated for part in each))
            run.note(plan, len(found.ids))
        case Difference(left, right):
            minuend, subtrahend = await _entities(run, left), await _entities(run, right)
            kept = set(minuend.ids) - set(subtrahend.ids)
            found = _Found(_only(minuend.witnesses, kept), minuend.truncated or subtrahend.truncated)
            run.note(plan, len(kept))
        case _:
            found = await _top(run, plan)
    return replace(found, witnesses=dict(sorted(found.witnesses.items())))


async def _expand(run: _Run, plan: Expand) -> _Found:
    inner = await _entities(run, plan.source)
    statement = run.compiler.expand(inner.ids, plan.step, plan.types, plan.where)
    rows = await run.rows(statement)
    found = _Found(_walked(rows, inner.witnesses), inner.truncated or rows.truncated)
    run.note(plan, len(rows.values), statement)
    return found


async def _top(run: _Run, plan: Top) -> _Found:
    inner = await _entities(run, plan.source)
    counting = run.compiler.degrees(inner.ids, plan.step)
    counted = await run.rows(counting)
    degrees = dict.fromkeys(inner.ids, 0)
    for identity, found in counted.values:  # its degree, or one of its targets
        degrees[str(identity)] += found if isinstance(found, int) else 1
    ranked = sorted(degrees.values(), reverse=plan.most)
    if not ranked:
        run.note(plan, 0, counting)
        return inner
    last = ranked[min(plan.limit, len(ranked)) - 1]
    kept = sorted(i for i, number in degrees.items() if (number >= last if plan.most else number <= last))
    walking = run.compiler.expand(kept, plan.step)
    rows = await run.rows(walking)
    own = _by(rows, 0)
    witnesses = {i: _distinct(inner.witnesses[i], own.get(i, ())) for i in kept}
    run.note(plan, len(kept), counting, walking)
    truncated = inner.truncated or counted.truncated or rows.truncated
    return _Found(witnesses, truncated, {i: float(degrees[i]) for i in kept})


async def _total(run: _Run, plan: Entities, found: _Found) -> int:
    """Ask the store for the number of targets where the row limit cut the list of them."""
    if not found.truncated or not isinstance(plan, Expand):
        return len(found.ids)
    inner = await _entities(_Run(run.snapshot, run.compiler), plan.source)
    counting = run.compiler.count(inner.ids, plan.step, plan.types, plan.where)
    rows = await run.rows(counting)
    return _number(rows) if counting.columns == ("total",) else len(rows.values)


async def _count(run: _Run, plan: Count) -> Result:
    found = await _entities(run, plan.source)
    total = await _total(run, plan.source, found)
    run.note(plan, 1)
    return Result(found.ids, found.witnesses, count=total, total=total, truncated=found.truncated)


async def _check(run: _Run, plan: Check) -> Result:
    statement = run.compiler.check(plan.subject, plan.step, plan.obj, plan.where)
    rows = await run.rows(statement)
    witnesses = dict(sorted(_walked(rows, {}).items()))
    run.note(plan, len(rows.values), statement)
    return Result(tuple(witnesses), witnesses, holds=bool(witnesses), total=len(witnesses), truncated=rows.truncated)


async def _compare(run: _Run, plan: Compare) -> Result:
    statement = run.compiler.expand(sorted(set(plan.ids)), plan.step)
    rows = await run.rows(statement)
    witnesses = dict(sorted(_walked(rows, {}).items()))
    targets: dict[str, set[str]] = {identity: set() for identity in plan.ids}
    for source, target, *_ in rows.values:
        targets[str(source)].add(str(target))
    groups = {identity: tuple(sorted(found)) for identity, found in targets.items()}
    run.note(plan, len(rows.values), statement)
    return Result(tuple(witnesses), witnesses, groups=groups, total=len(witnesses), truncated=rows.truncated)


async def _attribute(run: _Run, plan: Attribute) -> Result:
    found = await _entities(run, plan.source)
    statement = run.compiler.entities(found.ids)
    rows = await run.rows(statement)
    held = {entity.id: entity.properties for entity in map(read_entity, rows.values)}
    values = {i: held[i][plan.property] for i in found.ids if plan.property in held.get(i, {})}
    run.note(plan, len(values), statement)
    return Result(
        found.ids, found.witnesses, values=values, total=len(found.ids), truncated=found.truncated or rows.truncated
    )


async def _paths(run: _Run, plan: Paths) -> Result:
    paths, statement, truncated = await find_paths(run.snapshot, run.compiler, plan)
    witnesses: dict[str, tuple[Fact, ...]] = {}
    for path in paths:
        for fact in path:
            for end in (fact.subject, fact.object):
                witnesses[end] = _distinct(witnesses.get(end, ()), (fact,))
    witnesses = dict(sorted(witnesses.items()))
    run.note(plan, len(paths), *statement)
    return Result(tuple(witnesses), witnesses, paths=paths, total=len(paths), truncated=truncated)


def _walked(rows: Rows, before: _Witnesses) -> dict[str, tuple[Fact, ...]]:
    """Group the facts of a hop by target; the walks that led to its sources come first."""
    reached: dict[str, tuple[Fact, ...]] = {}
    for target, hops in groupby(sorted(_hops(rows), key=_target_then_fact), key=lambda hop: hop[1]):
        listed = list(hops)
        earlier = [fact for source in sorted({hop[0] for hop in listed}) for fact in before.get(source, ())]
        reached[target] = _distinct(earlier, [fact for _, _, fact in listed])
    return reached


def _by(rows: Rows, end: int) -> dict[str, list[Fact]]:
    grouped: dict[str, list[Fact]] = {}
    for hop in sorted(_hops(rows), key=_target_then_fact):
        grouped.setdefault(str(hop[end]), []).append(hop[2])
    return grouped


def _hops(rows: Rows) -> Iterable[tuple[str, str, Fact]]:
    known: dict[str, Fact] = {}
    for source, target, *columns in rows.values:
        identity = str(columns[0])
        if identity not in known:
            known[identity] = read_fact(columns)
        yield str(source), str(target), known[identity]


def _target_then_fact(hop: tuple[str, str, Fact]) -> tuple[str, str, str]:
    return hop[1], hop[2].id, hop[0]


def _joined(parts: Sequence[_Found], ids: set[str]) -> dict[str, tuple[Fact, ...]]:
    return {i: _distinct(*(part.witnesses.get(i, ()) for part in parts)) for i in sorted(ids)}


def _only(witnesses: _Witnesses, ids: set[str]) -> dict[str, tuple[Fact, ...]]:
    return {i: found for i, found in witnesses.items() if i in ids}


def _distinct(*groups: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple({fact.id: fact for group in groups for fact in group}.values())


def _number(rows: Rows) -> int:
    value = rows.values[0][0] if rows.values else 0
    return value if isinstance(value, int) else 0
