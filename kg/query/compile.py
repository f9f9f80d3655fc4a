"""Turns one operator, or one read, into one parameterised statement.

The texts hold names of the schema (validated and in backticks) and nothing else that comes
from outside; every value is a parameter. Statements carry no LIMIT: the store adds it, so
that it can tell whether rows were left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


def _returned(variable: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{variable}.{column} AS {column}" for column in columns)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Writes statements for one store and one schema; `limit` bounds the rows of each."""

    dialect: Dialect
    schema: Schema
    limit: int

    def of_type(self, kind: str) -> Statement:
        """Ids of all entities of one type."""
        text = f"MATCH {self.dialect.node('a')} WHERE a.type = $type RETURN a.id AS id ORDER BY id"
        return Statement(text, {"type": kind}, ("id",), self.limit)

    def filter(self, ids: Sequence[str], condition: Condition) -> Statement:
        """Those of `ids` whose property meets `condition`."""
        parameters: dict[str, Value] = {"ids": list(ids)}
        test = self._property("a", condition, parameters)
        text = f"MATCH {self.dialect.node('a')} WHERE a.id IN $ids AND {test} RETURN a.id AS id ORDER BY id"
        return Statement(text, parameters, ("id",), self.limit)

    def expand(
        self, ids: Sequence[str], step: Step, types: Sequence[str] = (), where: Sequence[Condition] = ()
    ) -> Statement:
        """Facts of one step from `ids`: `HOP_COLUMNS`, once for each end that is in `ids`."""
        match, parameters = self._hop(ids, step, types, where)
        text = (
            f"{match} RETURN DISTINCT a.id AS source, b.id AS target, {_returned('r', FACT_COLUMNS)}"
            " ORDER BY source, target, fact"
        )
        return Statement(text, parameters, HOP_COLUMNS, self.limit)

    def count(
        self, ids: Sequence[str], step: Step, types: Sequence[str] = (), where: Sequence[Condition] = ()
    ) -> Statement:
        """How many distinct targets `expand` has, whatever the limit."""
        match, parameters = self._hop(ids, step, types, where)
        return Statement(f"{match} RETURN count(DISTINCT b.id) AS total", parameters, ("total",), 1)

    def degrees(self, ids: Sequence[str], step: Step) -> Statement:
        """How many distinct targets each of `ids` has by `step`; none is no row."""
        match, parameters = self._hop(ids, step, (), ())
        text = f"{match} RETURN a.id AS id, count(DISTINCT b.id) AS degree ORDER BY id"
        return Statement(text, parameters, ("id", "degree"), self.limit)

    def check(self, subject: str, step: Step, obj: str | None, where: Sequence[Condition] = ()) -> Statement:
        """Facts of one step from `subject`, to `obj` if it is given: `HOP_COLUMNS`."""
        match, parameters = self._hop((subject,), step, (), where)
        if obj is not None:
            match += " AND b.id = $object"
            parameters["object"] = obj
        text = (
            f"{match} RETURN DISTINCT a.id AS source, b.id AS target, {_returned('r', FACT_COLUMNS)}"
            " ORDER BY source, target, fact"
        )
        return Statement(text, parameters, HOP_COLUMNS, self.limit)

    def entities(self, ids: Sequence[str] | None = None) -> Statement:
        """The entities of these ids, or all: `ENTITY_COLUMNS`."""
        # One look-up by key for each id: `IN` would scan all entities of an embedded graph (11 ms of 100,000).
        each, chosen = ("", "") if ids is None else ("UNWIND $ids AS wanted ", " WHERE a.id = wanted")
        parameters: dict[str, Value] = {} if ids is None else {"ids": list(ids)}
        text = f"{each}MATCH {self.dialect.node('a')}{chosen} RETURN {_returned('a', ENTITY_COLUMNS)} ORDER BY id"
        return Statement(text, parameters, ENTITY_COLUMNS, self.limit)

    def touching(self, ids: Sequence[str], predicates: Sequence[str] = ()) -> Statement:
        """Facts with either end in `ids`: `FACT_COLUMNS`."""
        parameters: dict[str, Value] = {"ids": list(ids), "retracted": Status.RETRACTED.value}
        text = (
            f"MATCH {self.dialect.node('a')}-[r:{self._relations(predicates)}]-(b:Entity)"
            " WHERE a.id IN $ids AND r.status <> $retracted"
            f" RETURN DISTINCT {_returned('r', FACT_COLUMNS)} ORDER BY fact"
        )
        return Statement(text, parameters, FACT_COLUMNS, self.limit)

    def between(self, subjects: Sequence[str], predicates: Sequence[str], objects: Sequence[str]) -> Statement:
        """Facts stored from one of `subjects` to one of `objects`: `FACT_COLUMNS`."""
        parameters: dict[str, Value] = {
            "subjects": list(subjects),
            "objects": list(objects),
            "retracted": Status.RETRACTED.value,
        }
        text = (
            f"MATCH {self.dialect.node('a')}-[r:{self._relations(predicates)}]->(b:Entity)"
            " WHERE a.id IN $subjects AND b.id IN $objects AND r.status <> $retracted"
            f" RETURN {_returned('r', FACT_COLUMNS)} ORDER BY fact"
        )
        return Statement(text, parameters, FACT_COLUMNS, self.limit)

    def facts(self, ids: Sequence[str]) -> Statement:
        """The facts of these fact ids, retracted ones too: `FACT_COLUMNS`."""
        text = (
            f"MATCH {self.dialect.node('a')}-[r:{self._relations(())}]->(b:Entity) WHERE r.fact IN $ids"
            f" RETURN {_returned('r', FACT_COLUMNS)} ORDER BY fact"
        )
        return Statement(text, {"ids": list(ids)}, FACT_COLUMNS, self.limit)

    def relation_counts(self, identity: str) -> Statement:
        """How many facts of each relation touch one entity."""
        text = (
            f"MATCH {self.dialect.node('a')}-[r:{self._relations(())}]-(b:Entity)"
            " WHERE a.id = $id AND r.status <> $retracted"
            " RETURN r.predicate AS predicate, count(DISTINCT r.fact) AS total ORDER BY predicate"
        )
        parameters: dict[str, Value] = {"id": identity, "retracted": Status.RETRACTED.value}
        return Statement(text, parameters, ("predicate", "total"), self.limit)

    def type_counts(self) -> Statement:
        """How many entities there are of each type."""
        text = f"MATCH {self.dialect.node('a')} RETURN a.type AS type, count(*) AS total ORDER BY type"
        return Statement(text, {}, ("type", "total"), self.limit)

    def fact_counts(self) -> Statement:
        """How many facts there are of each relation, without the retracted ones."""
        text = (
            f"MATCH {self.dialect.node('a')}-[r:{self._relations(())}]->(b:Entity) WHERE r.status <> $retracted"
            " RETURN r.predicate AS predicate, count(*) AS total ORDER BY predicate"
        )
        return Statement(text, {"retracted": Status.RETRACTED.value}, ("predicate", "total"), self.limit)

    def sources(self) -> Statement:
        """All sources: `SOURCE_COLUMNS`."""
        # A domain may have a type called Source; only our own nodes of that label have a key.
        node = self.dialect.node("s", "Source")
        text = f"MATCH {node} WHERE s.key IS NOT NULL RETURN {_returned('s', SOURCE_COLUMNS)} ORDER BY key"
        return Statement(text, {}, SOURCE_COLUMNS, self.limit)

    def _relations(self, predicates: Sequence[str]) -> str:
        chosen = [self.schema.relation(name).id for name in predicates] or list(self.schema.relations)
        if not chosen:
            message = "the schema has no relations; declare at least one"
            raise SchemaViolation(message)
        return "|".join(map(quoted, sorted(set(chosen))))

    def _hop(
        self, ids: Sequence[str], step: Step, types: Sequence[str], where: Sequence[Condition]
    ) -> tuple[str, dict[str, Value]]:
        relation = self.schema.relation(step.relation)
        tail, head = ("-", "-") if relation.symmetric else ("-", "->") if step.forward else ("<-", "-")
        parameters: dict[str, Value] = {"ids": list(ids), "retracted": Status.RETRACTED.value}
        tests = ["a.id IN $ids", "r.status <> $retracted"]
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
        pattern = f"{self.dialect.node('a')}{tail}[r:{quoted(relation.id)}]{head}(b:Entity)"
        return f"MATCH {pattern} WHERE {' AND '.join(tests)}", parameters

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
