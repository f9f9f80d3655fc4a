"""The words of a Cypher dump, read line by line, so that a file of any size takes no more memory than a statement."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

__all__ = ["CypherInvalid", "Token", "Tokens"]

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*\n?|/\*.*?\*/)
    |(?P<number>-?(?:\d+\.\d+|\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<quoted>`(?:[^`]|``)*`)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<mark>\+=|[()\[\]{}<>:;,.=|-])""",
    re.VERBOSE | re.DOTALL,
)
_OPEN: Final = ("'", '"', "`", "/*")
_LONGEST: Final = 1 << 24  # characters of one word
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class CypherInvalid(Exception):
    """Something in a dump is not understood; `line` is where."""

    def __init__(self, line: int, message: str) -> None:
        """Keep the line apart from the message."""
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `kind` is `word`, `quoted`, `string`, `number`, `mark` or `end`; `line` counts from 1."""

    kind: str
    text: str
    line: int


class Tokens:
    """The words of a dump, one looked at before it is taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Begin with the first word of `lines`."""
        self._tokens = _tokens(iter(lines))
        self._next = next(self._tokens)

    def peek(self) -> Token:
        """Return the next word and leave it there."""
        return self._next

    def next(self) -> Token:
        """Take the next word; at the end there is always one more of kind `end`."""
        token = self._next
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def is_at(self, *texts: str) -> bool:
        """Say whether the next is one of these marks or, in any case, words."""
        token = self._next
        return token.kind in {"mark", "word"} and token.text.upper() in texts

    def take(self, *texts: str) -> bool:
        """Take the next word if it is one of these."""
        found = self.is_at(*texts)
        if found:
            self.next()
        return found

    def expect(self, text: str) -> None:
        """Take this word.

        Raises:
            CypherInvalid: another one stands there.
        """
        if not self.take(text):
            self.refuse(f"{text!r} was expected here")

    def name(self) -> str:
        """Take a name, plain or in backticks.

        Raises:
            CypherInvalid: something else stands there.
        """
        if self._next.kind not in {"word", "quoted"}:
            self.refuse("a name was expected here")
        return self.next().text

    def refuse(self, why: str) -> NoReturn:
        """Say that the next word cannot stand there.

        Raises:
            CypherInvalid: always.
        """
        token = self._next
        met = "the file ends" if token.kind == "end" else f"{token.text[:40]!r} stands here"
        raise CypherInvalid(token.line, f"{met}; {why}")


def _tokens(lines: Iterator[str]) -> Iterator[Token]:
    number, pending, at = 1, next(lines, ""), 0
    while True:
        while at >= len(pending):
            number += pending.count("\n")
            pending, at = next(lines, ""), 0
            if not pending:
                while True:
                    yield Token("end", "", number)
        found = _TOKEN.match(pending, at)
        is_open = found is None and pending.startswith(_OPEN, at)
        # A text that goes on in the next line is one word; it is looked at again when there is twice as much of it.
        if is_open and len(pending) - at < _LONGEST and (more := _as_much(lines, len(pending) - at)):
            pending += more
            continue
        line = number + pending.count("\n", 0, at)
        if found is None:
            what = "this is never closed" if is_open else "this is no word of Cypher"
            raise CypherInvalid(line, f"{pending[at : at + 40].strip()!r}: {what}")
        at = found.end()
        if (kind := found.lastgroup or "") != "space":
            yield Token(kind, _value(kind, found.group()), line)


def _as_much(lines: Iterator[str], least: int) -> str:
    more: list[str] = []
    size = 0
    while size < least and (line := next(lines, "")):
        more.append(line)
        size += len(line)
    return "".join(more)


def _value(kind: str, text: str) -> str:
    if kind == "quoted":
        return text[1:-1].replace("``", "`")
    return _ESCAPE.sub(_unescaped, text[1:-1]) if kind == "string" else text


def _unescaped(found: "re.Match[str]") -> str:
    said = found.group(1)
    return chr(int(said[1:], 16)) if len(said) > 1 else _ESCAPED.get(said, said)
