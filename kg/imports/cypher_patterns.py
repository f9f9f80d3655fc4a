"""Statements of a Cypher dump, as what they say: patterns of nodes and relations, values, changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kg.imports.cypher_tokens import CypherInvalid, Token, Tokens

__all__ = ["Clause", "Link", "Node", "Path", "Scope", "Value", "statement"]

_PASSED_OVER: Final = ("CALL", "DROP", "BEGIN", "COMMIT", "SCHEMA")
_SCHEMA: Final = ("CONSTRAINT", "INDEX", "RANGE", "TEXT", "FULLTEXT", "POINT", "LOOKUP", "VECTOR")
_CALLS: Final = ("DATE", "DATETIME", "TIME", "LOCALTIME", "LOCALDATETIME", "DURATION")
_PLAIN: Final = {"TRUE": True, "FALSE": False, "NULL": None}
_DEPTH: Final = 50  # of lists and maps in each other

Scope: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """A value: `kind` is `plain`, `map` or `list` (with `items`), or `path`, a variable and what to take of it."""

    kind: str
    line: int
    plain: str | float | bool | None = None
    items: tuple[tuple[str, "Value"], ...] = ()
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """`(variable:Label {name: value})`."""

    line: int
    variable: str
    labels: tuple[str, ...]
    properties: Value | None


@dataclass(frozen=True, slots=True)
class Link:
    """`-[variable:KIND {name: value}]->`, or its mirror image."""

    line: int
    variable: str
    kind: str
    properties: Value | None
    is_backward: bool


@dataclass(frozen=True, slots=True)
class Path:
    """Nodes with a relation between each two."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """`CREATE`, `MERGE` or `MATCH` with paths, or `SET` with changes of a variable: a property, all, or labels."""

    word: str
    line: int
    paths: tuple[Path, ...] = ()
    changes: tuple[tuple[str, str, Value], ...] = ()


def statement(tokens: Tokens) -> tuple[str, Value | None, list[Clause]]:
    """Take one statement and return the variable and the rows of its `UNWIND`, if it has one, and its clauses.

    Raises:
        CypherInvalid: it is none that a dump has.
    """
    variable, rows = "", None
    if tokens.is_at(":"):
        _command(tokens)
        return variable, rows, []
    if tokens.take(*_PASSED_OVER):
        _pass_over(tokens)
        return variable, rows, []
    if tokens.take("UNWIND"):
        rows = _value(tokens)
        tokens.expect("AS")
        variable = tokens.name()
    clauses: list[Clause] = []
    while not tokens.take(";") and tokens.peek().kind != "end":
        clause = _clause(tokens)
        if clause is None:
            return "", None, []
        clauses.append(clause)
    return variable, rows, clauses


def _clause(tokens: Tokens) -> Clause | None:
    """Take one clause; where it is of those that say nothing about the graph, pass over all of its statement."""
    line, word = tokens.peek().line, tokens.peek().text.upper()
    if tokens.take("CREATE", "MERGE", "MATCH"):
        paths = () if tokens.is_at(*_SCHEMA) else tuple(_separated(tokens, _path))
        if not paths or (word == "MATCH" and tokens.is_at("WITH", "REMOVE")):
            _pass_over(tokens)
            return None
        return Clause(word, line, paths)
    if tokens.take("ON"):
        if not tokens.take("CREATE", "MATCH"):
            tokens.refuse("CREATE or MATCH was expected here")
        tokens.expect("SET")
    elif not tokens.take("SET"):
        tokens.refuse("write only CREATE, MERGE, MATCH, SET and UNWIND, as dumps do")
    return Clause("SET", line, changes=tuple(_separated(tokens, _change)))


def _command(tokens: Tokens) -> None:
    """Pass over a command of the shell, which is one line."""
    line = tokens.peek().line
    while tokens.peek().line == line and tokens.peek().kind != "end":
        if tokens.next().text.upper() == "PARAM":
            tokens.refuse("parameters are not read; write their values into the statements")


def _pass_over(tokens: Tokens) -> None:
    while not tokens.take(";") and tokens.next().kind != "end":
        pass


def _separated(tokens: Tokens, read: Any) -> Iterator[Any]:  # noqa: ANN401  whatever `read` reads
    yield read(tokens)
    while tokens.take(","):
        yield read(tokens)


def _path(tokens: Tokens) -> Path:
    nodes, links = [_node(tokens)], []
    while tokens.is_at("-", "<"):
        links.append(_link(tokens))
        nodes.append(_node(tokens))
    return Path(tuple(nodes), tuple(links))


def _node(tokens: Tokens) -> Node:
    line = tokens.peek().line
    tokens.expect("(")
    variable = tokens.name() if tokens.peek().kind in {"word", "quoted"} else ""
    labels = []
    while tokens.take(":"):
        labels.append(tokens.name())
    properties = _value(tokens) if not tokens.is_at(")") else None
    tokens.expect(")")
    return Node(line, variable, tuple(labels), properties)


def _link(tokens: Tokens) -> Link:
    line = tokens.peek().line
    is_backward = tokens.take("<")
    tokens.expect("-")
    tokens.expect("[")
    variable = tokens.name() if tokens.peek().kind in {"word", "quoted"} else ""
    tokens.expect(":")
    kind = tokens.name()
    properties = _value(tokens) if not tokens.is_at("]") else None
    tokens.expect("]")
    tokens.expect("-")
    if not is_backward:
        tokens.expect(">")
    return Link(line, variable, kind, properties, is_backward)


def _change(tokens: Tokens) -> tuple[str, str, Value]:
    line, variable = tokens.peek().line, tokens.name()
    if tokens.take("."):
        name = tokens.name()
        tokens.expect("=")
        return variable, name, _value(tokens)
    if tokens.take("+=", "="):
        return variable, "", _value(tokens)
    labels = []
    while tokens.take(":"):
        labels.append(("", Value("plain", line, tokens.name())))
    if not labels:
        tokens.refuse("a property, `+=`, `=` or a label was expected here")
    return variable, ":", Value("list", line, items=tuple(labels))


def _value(tokens: Tokens, depth: int = 0) -> Value:
    token = tokens.peek()
    if depth > _DEPTH:
        raise CypherInvalid(token.line, f"lists and maps stand in each other more than {_DEPTH} deep")
    for opened, closed, kind in (("{", "}", "map"), ("[", "]", "list")):
        if tokens.take(opened):
            return Value(kind, token.line, items=tuple(_items(tokens, closed, depth)))
    if token.kind in {"string", "number"} or (token.kind == "word" and token.text.upper() in _PLAIN):
        return Value("plain", token.line, _plain(tokens.next()))
    if tokens.take(*_CALLS):
        tokens.expect("(")
        inner = _value(tokens, depth + 1)
        tokens.expect(")")
        return inner
    path = [tokens.name()]
    while tokens.take("."):
        path.append(tokens.name())
    return Value("path", token.line, path=tuple(path))


def _plain(token: Token) -> str | float | bool | None:
    if token.kind == "string":
        return token.text
    if token.kind == "word":
        return _PLAIN[token.text.upper()]
    return int(token.text) if token.text.lstrip("-").isdigit() else float(token.text)


def _items(tokens: Tokens, close: str, depth: int) -> Iterator[tuple[str, Value]]:
    if tokens.take(close):
        return
    while True:
        name = ""
        if close == "}":
            name = tokens.name()
            tokens.expect(":")
        yield name, _value(tokens, depth + 1)
        if tokens.take(close):
            return
        tokens.expect(",")
