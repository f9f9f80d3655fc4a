"""Turns one operator, or one read, into one parameterised statement.

The texts hold names of the schema (validated and in backticks) and nothing else that comes
from outside; every value is a parameter. Statements carry no LIMIT: the store adds it, so
that it can tell whether rows were left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kg.errors import SchemaViolation
from kg.layout import (
    ENTITY_COLUMNS,
    FACT_COLUMNS,
    SOURCE_COLUMNS,
    kind_of,
    property_column,
    qualifier_column,
    quoted,
)
from kg.model import Status
from kg.query.plan import Comparison, Condition
from kg.schema import Schema, Step
from kg.store import Dialect, Statement, Value

__all__ = ["HOP_COLUMNS", "Compiler"]

HOP_COLUMNS: Final = ("source", "target", *FACT_COLUMNS)

_SYMBOLS: Final = {
    Comparison.EQUAL: "=",
    Comparison.NOT_EQUAL: "<>",
    Comparison.LESS: "<",
    Comparison.AT_MOST: "<=",
    Comparison.GREATER: ">",
    Comparison.AT_LEAST: ">=",
}


_ENDS: Final = "a.id AS source, b.id AS target"
_HOLDS: Final = "NOT r.status IN $hidden"
_HIDDEN: Final = [Status.RETRACTED.value, Status.SUPERSEDED.value]  # what never answers
_GONE: Final = [Status.RETRACTED.value]  # what not even the verifier reads
_EVERY: Final = 1 << 40  # rows; more than any store has


def _returned(variable: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{variable}.{column} AS {column}" for column in columns)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A pattern that joins `a` and `b` by `r`, and where the fact that `r` is has its ends and its name."""

    text: str
    ends: Mapping[str, str] = field(default_factory=dict)

    @property
    def fact(self) -> str:
        return ", ".join(f"{self.ends.get(column, f'r.{column}')} AS {column}" for column in FACT_COLUMNS)


@dataclass(frozen=True, slots=True)
class _Found:
    """How the entities `a` of a statement are found: one by one by their key, or all by one list."""

    test: str
    parameters: Mapping[str, Value]
    each: tuple[Mapping[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Compiler:
    """Writes statements for one store and one schema; `limit` bounds the rows of each."""

    dialect: Dialect
    schema: Schema
    limit: int

    def of_type(self, kind: str) -> Statement:
        """Ids of all entities of one type."""
        text = f"MATCH {self.dialect.node('a')} WHERE {self._shown('a', 'a.type = $type')} RETURN a.id AS id"
        return Statement(text, {"type": kind}, ("id",), self.limit, "id")

    def filter(self, ids: Sequence[str], condition: Condition) -> Statement:
        """Those of `ids` whose property meets `condition`."""
        parameters: dict[str, Value] = {"ids": sorted(set(ids))}
        test = self._property("a", condition, parameters)
        found = f"UNWIND $ids AS wanted MATCH {self.dialect.node('a')} WHERE a.id = wanted"
        text = f"{found} WITH a WHERE {test} RETURN a.id AS id"
        return Statement(text, parameters, ("id",), self.limit, "id")

    def expand(
        self, ids: Sequence[str], step: Step, types: Sequence[str] = (), where: Sequence[Condition] = ()
    ) -> Statement:
        """Facts of one step from `ids`: `HOP_COLUMNS`, once for each end that is in `ids`."""
        tests, parameters = self._tests(step, types, where)
        return self._hops(step, self._found(ids), tests, parameters)

    def count(
        self, ids: Sequence[str], step: Step, types: Sequence[str] = (), where: Sequence[Condition] = ()
    ) -> Statement:
        """How many distinct targets `expand` has, whatever the limit: as `total`, else a row of `target` for each."""
        tests, parameters = self._tests(step, types, where)
        found, walks = self._found(ids), self._walks((step.relation,), step)
        is_one_run = len(walks) == 1 and len(found.each) <= 1
        column, limit = ("total", 1) if is_one_run else ("target", _EVERY)
        returned = "count(DISTINCT b.id) AS total" if is_one_run else "DISTINCT b.id AS target"
        return self._statement(walks, found, tests, lambda _: returned, parameters, (column,), limit, "")

    def degrees(self, ids: Sequence[str], step: Step) -> Statement:
        """How many distinct targets each of `ids` has by `step`, as `id` and `degree`, else a row of each target."""
        tests, parameters = self._tests(step, (), ())
        found, walks = self._found(ids), self._walks((step.relation,), step)
        if len(walks) == 1:
            columns, limit, returned = ("id", "degree"), self.limit, "a.id AS id, count(DISTINCT b.id) AS degree"
        else:
            columns, limit, returned = ("id", "target"), _EVERY, "DISTINCT a.id AS id, b.id AS target"
        return self._statement(walks, found, tests, lambda _: returned, parameters, columns, limit, "id")

    def check(self, subject: str, step: Step, obj: str | None, where: Sequence[Condition] = ()) -> Statement:
        """Facts of one step from `subject`, to `obj` if it is given: `HOP_COLUMNS`."""
        tests, parameters = self._tests(step, (), where)
        if obj is not None:
            tests.append("b.id = $object")
            parameters["object"] = obj
        return self._hops(step, self._found((subject,)), tests, parameters)

    def entities(self, ids: Sequence[str] | None = None) -> Statement:
        """The entities of these ids, or all: `ENTITY_COLUMNS`."""
        # One look-up by key for each id: `IN` would scan all entities of an embedded graph (11 ms of 100,000).
        every = f"MATCH {self.dialect.node('a')}"
        returned = f"RETURN {_returned('a', ENTITY_COLUMNS)}"
        if ids is None:
            return Statement(f"{every}{self._only('a')} {returned}", {}, ENTITY_COLUMNS, self.limit)
        text = f"UNWIND $ids AS wanted {every} WHERE a.id = wanted {returned}"
        return Statement(text, {"ids": list(ids)}, ENTITY_COLUMNS, self.limit, "id")

    def entities_after(self, identity: str) -> Statement:
        """The entities whose ids come after one, by id: `ENTITY_COLUMNS`; ids are not empty."""
        test = self._shown("a", "a.id > $after")
        text = f"MATCH {self.dialect.node('a')} WHERE {test} RETURN {_returned('a', ENTITY_COLUMNS)}"
        return Statement(text, {"after": identity}, ENTITY_COLUMNS, self.limit, "id")

    def leaving(self, starts: Iterable[tuple[str, str]], *, forward: bool = True) -> Statement:
        """Facts from (or, not `forward`, to) each entity by its relation, superseded ones too: `FACT_COLUMNS`."""
        wanted = sorted(set(starts))
        walks = self._walks(sorted({predicate for _, predicate in wanted}), forward=forward)
        # What else touches the entities is left out by the store: its rows would cost more than all else.
        if self.dialect.keeps_ends:
            start = f"r.{'subject' if forward else 'object'} + ' ' + r.predicate"
        else:
            start = f"concat(a.id, concat(' ', {walks[0].ends['predicate']}))"
        return self._statement(
            walks,
            self._found(subject for subject, _ in wanted),
            [f"{start} IN $keys", _HOLDS],
            lambda walk: walk.fact,
            {"hidden": _GONE, "keys": [f"{subject} {predicate}" for subject, predicate in wanted]},
            FACT_COLUMNS,
            self.limit,
            "fact",
        )

    def touching(self, ids: Sequence[str], predicates: Sequence[str] = (), *, superseded: bool = False) -> Statement:
        """Facts with either end in `ids`: `FACT_COLUMNS`."""
        walks = self._walks(predicates)
        unique = "DISTINCT " if len(walks) == 1 else ""
        return self._statement(
            walks,
            self._found(ids),
            [_HOLDS],
            lambda walk: unique + walk.fact,
            {"hidden": _GONE if superseded else _HIDDEN},
            FACT_COLUMNS,
            self.limit,
            "fact",
        )

    def between(
        self, pairs: Sequence[tuple[str, str]], predicates: Sequence[str], *, superseded: bool = False
    ) -> Statement:
        """Facts stored from the first to the second of one of `pairs`, and perhaps others: `FACT_COLUMNS`."""
        wanted = sorted(set(pairs))
        if wanted and self.dialect.seeks(len(wanted)):
            each = tuple({"subject": subject, "object": obj} for subject, obj in wanted)
            found = _Found("a.id = $subject AND b.id = $object", {}, each)
        else:
            ends: dict[str, Value] = {
                "subjects": sorted({s for s, _ in wanted}),
                "objects": sorted({o for _, o in wanted}),
            }
            found = _Found("a.id IN $subjects AND b.id IN $objects", ends)
        return self._statement(
            self._walks(predicates, forward=True),
            found,
            [_HOLDS],
            lambda walk: walk.fact,
            {"hidden": _GONE if superseded else _HIDDEN},
            FACT_COLUMNS,
            self.limit,
            "fact",
        )

    def facts(self, ids: Sequence[str]) -> Statement:
        """The facts of these fact ids, retracted ones too: `FACT_COLUMNS`; no store has a key on them: reads all."""
        (walk,) = self._walks((), forward=True)
        text = f"MATCH {walk.text} WHERE {self._shown('r', 'r.fact IN $ids')} RETURN {walk.fact}"
        return Statement(text, {"ids": list(ids)}, FACT_COLUMNS, self.limit, "fact")

    def facts_of(self, *predicates: str) -> Statement:
        """All facts of some relations, retracted ones too, in any order: `FACT_COLUMNS`."""
        (walk,) = self._walks(predicates, forward=True)
        return Statement(f"MATCH {walk.text}{self._only('r')} RETURN {walk.fact}", {}, FACT_COLUMNS, self.limit)

    def relation_counts(self, identity: str) -> Statement:
        """How many facts of each relation touch one entity: by direction, where the store tells them apart."""
        walks = self._walks(())
        texts = []
        for way, walk in enumerate(walks):
            loops = " AND a.id <> b.id" if way else ""  # a fact from the entity to itself was counted the other way
            texts.append(
                f"MATCH {walk.text} WHERE {self._shown('r', 'a.id = $id', _HOLDS)}{loops} RETURN {way} AS way,"
                f" {walk.ends.get('predicate', 'r.predicate')} AS predicate, count(DISTINCT r.fact) AS total"
            )
        parameters: dict[str, Value] = {"id": identity, "hidden": _HIDDEN}
        columns = ("way", "predicate", "total")
        return Statement(texts[0], parameters, columns, self.limit, "way, predicate", tuple(texts[1:]))

    def type_counts(self) -> Statement:
        """How many entities there are of each type."""
        text = f"MATCH {self.dialect.node('a')}{self._only('a')} RETURN a.type AS type, count(*) AS total"
        return Statement(text, {}, ("type", "total"), self.limit, "type")

    def fact_counts(self) -> Statement:
        """How many facts there are of each relation, without those that do not answer."""
        (walk,) = self._walks((), forward=True)
        text = (
            f"MATCH {walk.text} WHERE {self._shown('r', _HOLDS)}"
            f" RETURN {walk.ends.get('predicate', 'r.predicate')} AS predicate, count(*) AS total"
        )
        return Statement(text, {"hidden": _HIDDEN}, ("predicate", "total"), self.limit, "predicate")

    def sources(self) -> Statement:
        """All sources: `SOURCE_COLUMNS`."""
        # A domain may have a type called Source; only our own nodes of that label have a key.
        node = self.dialect.node("s", "Source")
        text = f"MATCH {node} WHERE {self._shown('s', 's.key IS NOT NULL')} RETURN {_returned('s', SOURCE_COLUMNS)}"
        return Statement(text, {}, SOURCE_COLUMNS, self.limit, "key")

    def _shown(self, variable: str, *tests: str) -> str:
        """Return the tests together with that for the revision that is read."""
        return " AND ".join(filter(None, (*tests, self.dialect.visible(variable))))

    def _only(self, variable: str) -> str:
        shown = self._shown(variable)
        return f" WHERE {shown}" if shown else ""

    def _relations(self, predicates: Sequence[str]) -> str:
        chosen = [self.schema.relation(name).id for name in predicates] or list(self.schema.relations)
        if not chosen:
            message = "the schema has no relations; declare at least one"
            raise SchemaViolation(message)
        return "|".join(map(quoted, sorted(set(chosen))))

    def _found(self, ids: Iterable[str]) -> _Found:
        wanted = sorted(set(ids))
        if wanted and self.dialect.seeks(len(wanted)):
            return _Found("a.id = $id", {}, tuple({"id": identity} for identity in wanted))
        return _Found("a.id IN $ids", {"ids": wanted})

    def _walks(
        self, predicates: Sequence[str], step: Step | None = None, *, forward: bool | None = None
    ) -> tuple[_Walk, ...]:
        """Return the patterns that together walk some relations: along `step`, or one way, or (None) either way."""
        if step is not None:
            forward = None if self.schema.relation(step.relation).symmetric else step.forward
        relations, node = self._relations(predicates), self.dialect.node("a")
        if self.dialect.keeps_ends:
            tail, head = ("-", "-") if forward is None else ("-", "->") if forward else ("<-", "-")
            return (_Walk(f"{node}{tail}[r:{relations}]{head}(b:Entity)"),)
        predicate = f"'{relations[1:-1]}'" if "|" not in relations else "label(r)"
        out = {"subject": "a.id", "predicate": predicate, "object": "b.id"}
        back = {"subject": "b.id", "predicate": predicate, "object": "a.id"}
        both = (
            _Walk(f"{node}-[r:{relations}]->(b:Entity)", out),
            _Walk(f"{node}<-[r:{relations}]-(b:Entity)", back),
        )
        return both if forward is None else both[:1] if forward else both[1:]

    def _hops(self, step: Step, found: _Found, tests: Sequence[str], parameters: Mapping[str, Value]) -> Statement:
        walks = self._walks((step.relation,), step)
        unique = "DISTINCT " if self.dialect.keeps_ends and self.schema.relation(step.relation).symmetric else ""
        return self._statement(
            walks,
            found,
            tests,
            lambda walk: f"{unique}{_ENDS}, {walk.fact}",
            parameters,
            HOP_COLUMNS,
            self.limit,
            "source, target, fact",
        )

    def _statement(  # noqa: PLR0913, PLR0917  (the parts of a query)
        self,
        walks: Sequence[_Walk],
        found: _Found,
        tests: Sequence[str],
        returned: Callable[[_Walk], str],
        parameters: Mapping[str, Value],
        columns: tuple[str, ...],
        limit: int,
        order: str,
    ) -> Statement:
        demanded = self._shown("r", found.test, *tests)
        first, *also = (f"MATCH {walk.text} WHERE {demanded} RETURN {returned(walk)}" for walk in walks)
        return Statement(first, {**found.parameters, **parameters}, columns, limit, order, tuple(also), found.each)

    def _tests(
        self, step: Step, types: Sequence[str], where: Sequence[Condition]
    ) -> tuple[list[str], dict[str, Value]]:
        """Return what a hop demands of `r` and `b`, with the parameters for it."""
        relation = self.schema.relation(step.relation)
        parameters: dict[str, Value] = {"hidden": _HIDDEN}
        tests = [_HOLDS]
        if types:
            parameters["types"] = list(types)
            tests.append("b.type IN $types")
        for number, condition in enumerate(where):
            if condition.key in relation.qualifiers:
                key = f"v{number}"
                self._require(self.schema.qualifiers[condition.key].type, condition)
                parameters[key] = _value(condition)
                column = f"r.{qualifier_column(condition.key)}"
                tests.append(f"{column} {_SYMBOLS[condition.comparison]} ${key}")
            else:
                tests.append(self._property("b", condition, parameters))
        return tests, parameters

    def _property(self, variable: str, condition: Condition, parameters: dict[str, Value]) -> str:
        kind = kind_of(condition.value)
        declared = {each.properties.get(condition.key) for each in self.schema.types.values()}
        if kind not in declared:
            message = f"no type has a {kind} property {condition.key!r}; use a declared one, with a value of its kind"
            raise SchemaViolation(message, property=condition.key)
        key = f"v{len(parameters)}p"
        parameters[key] = _value(condition)
        return f"{variable}.{property_column(condition.key, kind)} {_SYMBOLS[condition.comparison]} ${key}"

    @staticmethod
    def _require(kind: str, condition: Condition) -> None:
        if kind_of(condition.value) != kind:
            message = f"qualifier {condition.key!r} is a {kind}; compare it with a value of that kind"
            raise SchemaViolation(message, qualifier=condition.key)


def _value(condition: Condition) -> Value:
    value = condition.value
    return value if isinstance(value, str | bool) else float(value)
