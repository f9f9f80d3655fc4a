"""Cypher dumps as records: a strict part of the language, read and never run.

Statements are those that dumps consist of: `CREATE` and `MERGE` of nodes and relations, `MATCH` to find the ends of
a relation, `SET` of properties and labels, and the `UNWIND [...] AS row` around them that APOC writes. Constraints,
indexes, transactions and the removal of APOC's help labels are passed over. Everything else is an error with its
line: what is not understood could change what the rest means.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from kg.imports.cypher_patterns import Clause, Node, Path, Scope, Value, statement
from kg.imports.cypher_tokens import CypherInvalid, Tokens

__all__ = ["records"]

_IMPORT_LABEL: Final = "UNIQUE IMPORT LABEL"
_IMPORT_ID: Final = "UNIQUE IMPORT ID"

Record: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class _Thing:
    """A node as a statement leaves it; `own` are the properties of the pattern that made or found it."""

    line: int
    labels: list[str]
    own: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def properties(self) -> dict[str, Any]:
        """All properties that the statement gives it."""
        return {**self.own, **self.more}

    @property
    def key(self) -> Any:  # noqa: ANN401  whatever the dump gives
        """What tells it from others: APOC's id, the only property of its pattern, `id`, `name`, or the first."""
        if _IMPORT_ID in self.own or len(self.own) == 1:
            return self.own.get(_IMPORT_ID, next(iter(self.own.values())))
        held = self.properties
        return next((held[name] for name in ("id", "name") if name in held), next(iter(held.values()), None))


@dataclass(slots=True)
class _Tie:
    """A relation as a statement leaves it."""

    line: int
    kind: str
    start: _Thing
    end: _Thing
    more: dict[str, Any]


def records(tokens: Tokens) -> Iterator[tuple[int, Record]]:
    """Yield the line and the columns of every node and relation that the statements make.

    Columns: `record` (`node` or `relation`), `labels` joined by `|`, `key`, `properties` as JSON and each as
    `prop_<name>`; of relations `type`, `start` and `end` (the keys of both ends), `start_labels`, `end_labels`.

    Raises:
        CypherInvalid: at the first thing that is not understood, with its line.
    """
    while tokens.peek().kind != "end":
        variable, rows, clauses = statement(tokens)
        given = _evaluated(rows, {}) if rows is not None else [None]
        if not isinstance(given, list):
            raise CypherInvalid(tokens.peek().line, "UNWIND takes a list")
        for row in given:
            yield from _run(clauses, {variable: row} if variable else {})


def _run(clauses: list[Clause], scope: Scope) -> Iterator[tuple[int, Record]]:
    made: list[_Thing | _Tie] = []
    for clause in clauses:
        for path in clause.paths:
            _walk(path, scope, made, is_made=clause.word != "MATCH")
        for target, name, value in clause.changes:
            held = scope.get(target)
            if not isinstance(held, _Thing | _Tie):
                raise CypherInvalid(clause.line, f"{target!r} is no node or relation of this statement")
            _change(held, name, _evaluated(value, scope), clause.line)
    for each in made:
        yield (each.line, _node(each) if isinstance(each, _Thing) else _relation(each))


def _walk(path: Path, scope: Scope, made: list[_Thing | _Tie], *, is_made: bool) -> None:
    last, tie = _met(path.nodes[0], scope, made, is_made=is_made), None
    for link, node in zip(path.links, path.nodes[1:], strict=True):
        following = _met(node, scope, made, is_made=is_made)
        if not is_made:
            raise CypherInvalid(link.line, "relations are made, never looked for")
        ends = (following, last) if link.is_backward else (last, following)
        tie = _Tie(link.line, link.kind, *ends, _mapped(link.properties, scope, link.line))
        if link.variable:
            scope[link.variable] = tie
        made.append(tie)
        last = following


def _met(node: Node, scope: Scope, made: list[_Thing | _Tie], *, is_made: bool) -> _Thing:
    """Return what a pattern means: the node of its variable, or one that it makes or finds."""
    held = scope.get(node.variable) if node.variable else None
    is_bare = not node.labels and node.properties is None
    if isinstance(held, _Thing) and is_bare:
        return held
    if held is not None or (is_bare and not is_made):
        raise CypherInvalid(node.line, f"the pattern of {node.variable!r} says nothing, or says it twice")
    if is_bare:
        raise CypherInvalid(node.line, f"{node.variable or 'a node'} is not known in this statement")
    found = _Thing(node.line, list(node.labels), _mapped(node.properties, scope, node.line))
    if node.variable:
        scope[node.variable] = found
    if is_made:
        made.append(found)
    return found


def _change(held: _Thing | _Tie, name: str, value: Any, line: int) -> None:  # noqa: ANN401  whatever the dump gives
    """Set one property, several (`name` is empty), or labels (`name` is `:`)."""
    if name == ":" and isinstance(held, _Thing):
        held.labels += value
    elif name and name != ":":
        held.more[name] = value
    elif isinstance(value, dict):
        held.more.update(value)
    else:
        raise CypherInvalid(line, "properties are set from a map, and labels on nodes only")


def _mapped(value: Value | None, scope: Scope, line: int) -> dict[str, Any]:
    found = _evaluated(value, scope) if value is not None else {}
    if not isinstance(found, dict):
        raise CypherInvalid(line, "properties are a map")
    return found


def _evaluated(value: Value, scope: Scope) -> Any:  # noqa: ANN401  whatever the dump gives
    match value.kind:
        case "map":
            return {name: _evaluated(each, scope) for name, each in value.items}
        case "list":
            return [_evaluated(each, scope) for _, each in value.items]
        case "path":
            found: Any = scope
            for name in value.path:
                if not isinstance(found, Mapping) or name not in found:
                    raise CypherInvalid(value.line, f"{'.'.join(value.path)} is not known in this statement")
                found = found[name]
            return found
        case _:
            return value.plain


def _node(thing: _Thing) -> Record:
    return {"record": "node", "labels": _labels(thing), "key": thing.key, **_columns(thing.properties)}


def _relation(tie: _Tie) -> Record:
    return {
        "record": "relation",
        "type": tie.kind,
        "start": tie.start.key,
        "end": tie.end.key,
        "start_labels": _labels(tie.start),
        "end_labels": _labels(tie.end),
        **_columns(tie.more),
    }


def _labels(thing: _Thing) -> str:
    return "|".join(dict.fromkeys(label for label in thing.labels if label != _IMPORT_LABEL))


def _columns(properties: Mapping[str, Any]) -> Record:
    shown = {name: value for name, value in properties.items() if name != _IMPORT_ID}
    return {
        "properties": json.dumps(shown, ensure_ascii=False, sort_keys=True),
        **{f"prop_{name}": value for name, value in shown.items()},
    }
