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
from dataclasses import dataclass, field, replace
from typing import Final

from kg.messages import text as message
from kg.model import Entity, Scalar
from reasoning.answer import Answer
from reasoning.dialogue import dialogue
from reasoning.domain import Domain
from reasoning.lexicon import TagKind, plain
from reasoning.reading import Named, Reading, read, settled

__all__ = ["Conversations", "Turn", "Understood", "turn_of", "understood"]

_STEERING: Final = frozenset({TagKind.RELATION, TagKind.TYPE, TagKind.QUALIFIER, TagKind.VALUE})
_ASKING: Final = frozenset({"why", "compare", "path", "count", "above", "below", "at_least", "at_most", "agree"})
_MOST_NAMES: Final = 3
_LONGEST: Final = 60  # characters of a follow-up that chooses or asks nothing
_MOST_MEANT: Final = 20  # choices that are remembered
_MOST_LISTED: Final = 50
_PLACE: Final = "place_"
_WORD: Final = re.compile(r"[a-z]{3,}|[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one question leaves behind: its words as understood, the spans of its names, whom it was about.

    `candidates` are the things that were asked back about, `mention` the words that may mean them; without these words
    they are the things that the answer listed. `meant` are words → ids of what was chosen so far.
    """

    text: str
    language: str
    named: tuple[Named, ...] = ()
    context: Mapping[str, Scalar | list[str]] = field(default_factory=dict)
    candidates: tuple[Entity, ...] = ()
    mention: str = ""
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question in whole words, and what of it was recalled: names as they were said; empty if nothing.

    `meant` are words → ids of what was chosen for them, now or before.
    """

    text: str
    recalled: str = ""
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
    reading = settled(read(said, domain.index, domain.lexicon, language), last.meant)
    if last.candidates and len(said) <= _LONGEST:
        if chosen := _chosen(said, reading, last, domain):
            return _of_choice(said, reading, chosen, last, domain)
        if last.mention and not reading.named and (not _steers(reading) or dialogue(language).points(said)):
            return Understood(last.text, last.mention, last.meant)  # it chose none: what is meant is asked again
    if reading.leftovers or not last.named:
        return Understood(said, meant=last.meant)
    names, whole = _names(last.named, domain), ""
    if not reading.named and _steers(reading):
        whole = "" if _asks_for_own_type(said, reading, last) else names
        said = message("recalled_before", language, names=names, question=said) if whole else said
    elif reading.named and not _steers(reading) and len(said) <= _LONGEST:
        replaced = _replaced(last, reading.named)
        said, whole = (replaced, last.text) if replaced else (said, "")
    elif len(reading.named) == 1 and (filled := _put_together(said, reading, names, domain)):
        said, whole = filled, names
    return Understood(said, whole, last.meant)


def _asks_for_own_type(said: str, reading: Reading, last: Turn) -> bool:
    """Say whether a question asks for things of the type that the last one was about: it is whole as it stands."""
    asked = {tag.value for _, tag in reading.tagged(TagKind.TYPE)}
    own = frozenset[str]().union(*(named.types for named in last.named))
    return bool(asked & own) and dialogue(reading.language).pronoun(said, len(said)) is None


def _put_together(said: str, reading: Reading, names: str, domain: Domain) -> str:
    """Return a question about one thing and what was named before: by a pronoun, or left out before a `with`."""
    words, first = dialogue(reading.language), reading.named[0].start
    if pronoun := words.pronoun(said, first):
        return words.in_place(said, pronoun, names)
    relations = domain.pack.schema.relations
    pairs = any(relations[tag.value].symmetric for _, tag in reading.tagged(TagKind.RELATION))
    return names + (" " if reading.language == "en" else "") + said if pairs and words.joins(said[:first]) else ""


def _of_choice(said: str, reading: Reading, chosen: tuple[Entity, ...], last: Turn, domain: Domain) -> Understood:
    """Return the question that waited for a choice, or the new one that makes it; of several chosen, it waits again."""
    labels = [each.label(reading.language, domain.pack.reference_language) for each in chosen]
    named = message("list_separator", last.language).join(labels)
    ids = tuple(each.id for each in chosen)
    meant = {**last.meant, last.mention.lower(): ids} if last.mention else dict(last.meant)
    if len(chosen) > 1:
        return Understood(last.text, named, meant)
    meant[named.lower()] = ids
    places = [word for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value.startswith(_PLACE)]
    if places and (not last.mention or _steers(reading)):
        return Understood(said[: places[0].start] + named + said[places[0].end :], named, meant)
    label = chosen[0].label(last.language, domain.pack.reference_language)
    return Understood(_with(last.text, last.mention, label), label, {**meant, label.lower(): ids})


def turn_of(
    meant: Understood,
    domain: Domain,
    language: str,
    context: Mapping[str, Scalar | list[str]],
    answer: Answer | None = None,
) -> Turn:
    """Return what a question, in whole words, leaves behind; of the person what its words say counts too."""
    said, chosen = meant.text, dict(list(meant.meant.items())[-_MOST_MEANT:])
    reading = settled(read(said, domain.index, domain.lexicon, language), chosen)
    heard = {**dict.fromkeys(reading.context & set(domain.pack.context), True), **context}
    turn = Turn(said, language, reading.named, heard, meant=chosen)
    if answer is None:
        return turn
    if asked_back := answer.clarification:
        return replace(turn, candidates=asked_back.candidates, mention=asked_back.mention)
    return replace(turn, candidates=_listed(reading, answer, domain))


def _listed(reading: Reading, answer: Answer, domain: Domain) -> tuple[Entity, ...]:
    """Return the things, no terms, that an answer lists about what its question names, in the order of the text."""
    entities = {each.id: each for each in answer.evidence.entities}
    own = {identity for named in reading.named for identity in named.ids}
    ends = [{fact.subject, fact.object} - own for fact in answer.evidence.facts]
    found = dict.fromkeys(end for each in ends if len(each) == 1 for end in each if end in entities)
    types = domain.pack.schema.types
    return tuple(entities[i] for i in found if not types[entities[i].type].is_value)[:_MOST_LISTED]


def _steers(reading: Reading) -> bool:
    """Say whether a question asks for something: by a relation, a type, a value, or an operator such as why."""
    tagged = any(tag.kind in _STEERING for word in reading.words for tag in word.tags)
    return tagged or bool(reading.operators() & _ASKING) or bool(reading.amounts)


def _chosen(said: str, reading: Reading, last: Turn, domain: Domain) -> tuple[Entity, ...]:
    """Return what a reply picks: by its place, its name, a word of some names only, or what the graph records of some.

    Among things that were only listed nothing but a place picks.
    """
    candidates = last.candidates
    places = [tag.value for _, tag in reading.tagged(TagKind.OPERATOR) if tag.value.startswith(_PLACE)]
    if places or (said.strip().isdecimal() and last.mention):
        place = int(places[0].removeprefix(_PLACE)) if places else int(said)
        return candidates[place - 1 : place] if place else ()
    if not last.mention:
        return ()
    ids = {i for named in reading.named for i in named.ids}
    if len(named := [each for each in candidates if each.id in ids]) == 1:
        return tuple(named)
    found = candidates
    mentioned = set(_WORD.findall(plain(last.mention)))
    for word in dict.fromkeys(_WORD.findall(plain(said))):
        if word not in mentioned and not _is_common(word, domain, reading.language):
            having = tuple(each for each in found if any(word in plain(name.text) for name in each.names))
            found = having or found
    if found == candidates and not reading.named and dialogue(reading.language).points(said):
        signalled = {tag.value for _, tag in reading.tagged(TagKind.RELATION)}
        subjects = {fact.subject for fact in domain.pack.graph.facts if fact.predicate in signalled}
        found = tuple(each for each in candidates if each.id in subjects)
    return found if len(found) < len(candidates) and (len(found) == 1 or not ids) else ()


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
