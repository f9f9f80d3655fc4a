"""What a question leaves unsaid because an earlier one said it: "and its dose?", "那当归呢？", "the second one".

A follow-up is put into the words of a whole question, so that it is planned, checked and shown like any other, and what
was added is said in the plan. Three kinds are known: one that names nothing (the things of the last question are
meant), one that asks nothing (the last question is asked of other things), and one that chooses among the things that
were asked back about.
"""

import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kg.messages import text as message
from kg.model import Entity, Scalar
from reasoning.answer import Clarification
from reasoning.domain import Domain
from reasoning.lexicon import TagKind, plain
from reasoning.reading import Named, Reading, read

__all__ = ["Conversations", "Turn", "Understood", "turn_of", "understood"]

_STEERING: Final = frozenset({TagKind.RELATION, TagKind.TYPE, TagKind.QUALIFIER, TagKind.VALUE})
_ASKING: Final = frozenset({"why", "compare", "path", "count", "above", "below", "at_least", "at_most", "agree"})
_MOST_NAMES: Final = 3
_LONGEST: Final = 60  # characters of a follow-up that chooses or asks nothing
_WORD: Final = re.compile(r"[a-z]{3,}|[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one question leaves behind: its words as understood, the spans of its names, whom it was about.

    `candidates` are the things that were asked back about, `mention` the span of the words that may mean them.
    """

    text: str
    language: str
    named: tuple[Named, ...] = ()
    context: Mapping[str, Scalar | list[str]] = field(default_factory=dict)
    candidates: tuple[Entity, ...] = ()
    mention: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question in whole words, and what of it was recalled: names as they were said; empty if nothing."""

    text: str
    recalled: str = ""


class Conversations:
    """The last turn of each conversation, in the memory of this process: a restart forgets them all.

    A conversation is known by its principal, its domain and its id together, so that an id of somebody else's is a new
    conversation. It is forgotten after `seconds` without a question; so are the oldest when there are more than `most`.
    """

    def __init__(
        self, *, seconds: float = 1800.0, most: int = 1000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Remember at most so many conversations for at most so long."""
        self._seconds, self._most, self._clock = seconds, most, clock
        self._turns: OrderedDict[tuple[str, str, str], tuple[float, Turn]] = OrderedDict()

    def recall(self, principal: str, domain: str, conversation: str) -> Turn | None:
        """Return the last turn of a conversation; None if there is none, or not any more."""
        held = self._turns.get((principal, domain, conversation))
        if held is None or self._clock() - held[0] > self._seconds:
            self._turns.pop((principal, domain, conversation), None)
            return None
        return held[1]

    def keep(self, principal: str, domain: str, conversation: str, turn: Turn) -> str:
        """Keep a turn as the last one of a conversation; return the id, a new one if it was empty."""
        name = conversation or uuid.uuid4().hex
        key = (principal, domain, name)
        self._turns.pop(key, None)
        self._turns[key] = (self._clock(), turn)
        while len(self._turns) > self._most:
            self._turns.popitem(last=False)
        return name


def understood(said: str, last: Turn, domain: Domain, language: str) -> Understood:
    """Return a follow-up as a whole question; one that needs nothing of the last turn stays as it is."""
    reading = read(said, domain.index, domain.lexicon, language)
    if last.candidates and len(said) <= _LONGEST and (chosen := _chosen(said, reading, last, domain)):
        label = chosen.label(last.language, domain.pack.reference_language)
        return Understood(_with(last.text, last.mention, label), label)
    if last.candidates and len(said) <= _LONGEST and not reading.named and not _steers(reading):
        return Understood(last.text, last.mention)  # it chose none: what is meant is asked again
    if reading.leftovers or not last.named:
        return Understood(said)
    if not reading.named and _steers(reading):
        names = _names(last.named, domain)
        return Understood(message("recalled_before", language, names=names, question=said), names)
    if reading.named and not _steers(reading) and len(said) <= _LONGEST:
        replaced = _replaced(last, reading.named)
        return Understood(replaced, last.text) if replaced else Understood(said)
    return Understood(said)


def turn_of(
    said: str,
    domain: Domain,
    language: str,
    context: Mapping[str, Scalar | list[str]],
    asked_back: Clarification | None = None,
) -> Turn:
    """Return what a question, in whole words, leaves behind; of the person what its words say counts too."""
    reading = read(said, domain.index, domain.lexicon, language)
    heard = {**dict.fromkeys(reading.context & set(domain.pack.context), True), **context}
    if asked_back is None:
        return Turn(said, language, reading.named, heard)
    return Turn(said, language, reading.named, heard, asked_back.candidates, asked_back.mention)


def _steers(reading: Reading) -> bool:
    """Say whether a question asks for something: by a relation, a type, a value, or an operator such as why."""
    tagged = any(tag.kind in _STEERING for word in reading.words for tag in word.tags)
    return tagged or bool(reading.operators() & _ASKING) or bool(reading.amounts)


def _chosen(said: str, reading: Reading, last: Turn, domain: Domain) -> Entity | None:
    """Return the candidate that a reply picks: by its place, its name, or a word that only its names have."""
    places = [tag.value for word in reading.words for tag in word.tags if tag.value.startswith("place_")]
    if places:
        place = int(places[0].removeprefix("place_"))
        return last.candidates[place - 1] if place <= len(last.candidates) else None
    ids = {i for named in reading.named for i in named.ids}
    named = [each for each in last.candidates if each.id in ids]
    if len(named) == 1:
        return named[0]
    mentioned = set(_WORD.findall(plain(last.mention)))
    for word in dict.fromkeys(_WORD.findall(plain(said))):
        if word in mentioned or _is_common(word, domain, reading.language):
            continue
        having = [each for each in last.candidates if any(word in plain(name.text) for name in each.names)]
        if len(having) == 1:
            return having[0]
    return None


def _is_common(word: str, domain: Domain, language: str) -> bool:
    """Say whether a word is one of the language's own, which chooses nothing."""
    words = read(word, domain.index, domain.lexicon, language).words
    return any(tag.kind in {TagKind.FUNCTION, TagKind.OPERATOR} for found in words for tag in found.tags)


def _names(named: Sequence[Named], domain: Domain) -> str:
    """Return the things that were named; terms (toxic, cold) only where nothing else was."""
    types = domain.pack.schema.types
    things = [each for each in named if not all(types[kind].is_value for kind in each.kinds)] or list(named)
    return message("list_separator", "zh").join(dict.fromkeys(each.text for each in things[:_MOST_NAMES]))


def _replaced(last: Turn, named: tuple[Named, ...]) -> str:
    """Return the last question asked of other things: in the place of its last names of their types."""
    wanted = frozenset[str]().union(*(each.types for each in named))
    old = [each for each in last.named if each.types & wanted]
    if not old or len(old) < len(named):
        return ""
    asked = last.text
    for before, after in reversed(list(zip(old[-len(named) :], named, strict=True))):
        asked = asked[: before.start] + after.text + asked[before.end :]
    return asked


def _with(asked: str, mention: str, label: str) -> str:
    return asked.replace(mention, label, 1) if mention and mention in asked else f"{label} {asked}"
