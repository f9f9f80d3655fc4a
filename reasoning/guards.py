"""Guards: questions that policy answers otherwise — an emergency, a person at risk, a prescription asked for.

A pack's `guards.yaml` names sets of words and, for each guard, combinations of sets that together give a question
away. A guard is found in the words alone, before the graph, the model or anything else that could fail is touched.

```yaml
words:
  took: {zh: [吃了], en: [swallowed]}
guards:
  - id: emergency
    outcome: REFUSED_UNSAFE
    message: {zh: …, en: …}
    certain: [[took, much]]      # any of these combinations, within one sentence or two
    likely: [[took]]             # these too, unless a word of `unless` stands in the text
    unless: [knowledge]
    leads: true                  # if only `unless` speaks against it, the message leads the answer
```

The first guard of the file that is found counts: the most urgent stands first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kg.amounts import Units, find_amounts
from kg.errors import PackInvalid
from kg.pack.content import Pack
from reasoning.answer import Outcome
from reasoning.lexicon import is_wide, plain

__all__ = ["AMOUNT", "Guard", "Guarded", "Guards", "guard_faults", "guarded", "parse_guards"]

AMOUNT: Final = "amount"
"""The set of words that no pack declares: any amount with a unit."""

_KEYS: Final = frozenset({"id", "outcome", "message", "certain", "likely", "unless", "leads"})
_SENTENCE: Final = re.compile(r"[。！？!?\n;；]+")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard; combinations are tuples of names of word sets."""

    id: str
    outcome: Outcome
    message: Mapping[str, str]
    certain: tuple[tuple[str, ...], ...] = ()
    likely: tuple[tuple[str, ...], ...] = ()
    unless: tuple[str, ...] = ()
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards of a pack, the most urgent first, and the patterns of its word sets."""

    guards: tuple[Guard, ...] = ()
    patterns: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    units: Units | None = None


@dataclass(frozen=True, slots=True)
class Guarded:
    """A guard that a text sets off; with `goes_on` the question is answered all the same, after the message."""

    guard: Guard
    goes_on: bool = False

    def message(self, language: str) -> str:
        """Return what to say, in the asker's language or in any that the guard has."""
        return self.guard.message.get(language) or next(iter(self.guard.message.values()))


def guarded(text: str, guards: Guards) -> Guarded | None:
    """Return the first guard that a text sets off, or None; never fails, whatever the text."""
    said = _spoken(text)
    places = _heard(said, guards)
    for guard in guards.guards:
        if any(_together(combination, places) for combination in guard.certain):
            return Guarded(guard)
        if any(_together(combination, places) for combination in guard.likely):
            spoken_against = any(places.get(name) for name in guard.unless)
            if not spoken_against:
                return Guarded(guard)
            if guard.leads:
                return Guarded(guard, goes_on=True)
    return None


def _spoken(text: str) -> str:
    """Return a text in plain script and lower case, without spaces between wide characters and with plain quotes."""
    folded = plain(text).replace("\u2019", "'").replace("`", "'")
    kept = []
    for place, character in enumerate(folded):
        if character in " \t\u3000\u200b\u200c\u200d\ufeff":
            before, after = folded[place - 1 : place], folded[place + 1 : place + 2]
            if (before and is_wide(before)) or (after and is_wide(after)) or not character.isspace():
                continue
            character = " "  # noqa: PLW2901  every blank counts as one
        kept.append(character)
    return _SPACES.sub(lambda run: "\n" if "\n" in run[0] else " ", "".join(kept))


def _heard(said: str, guards: Guards) -> dict[str, set[int]]:
    """Return in which sentences the words of each set stand."""
    places: dict[str, set[int]] = {}
    for number, sentence in enumerate(filter(str.strip, _SENTENCE.split(said))):
        for name, pattern in guards.patterns.items():
            if pattern.search(sentence):
                places.setdefault(name, set()).add(number)
        if guards.units is not None and find_amounts(sentence, guards.units):
            places.setdefault(AMOUNT, set()).add(number)
    return places


def _together(combination: Sequence[str], places: Mapping[str, set[int]]) -> bool:
    """Say whether words of all sets stand within one sentence, or two that follow each other."""
    held = [places.get(name, set()) for name in combination]
    if not all(held):
        return False
    return any(all(found & {start, start + 1} for found in held) for start in set().union(*held))


def parse_guards(raw: Mapping[str, Any], units: Units | None = None) -> Guards:
    """Return the guards of a pack's `guards.yaml`; none for an empty one.

    Raises:
        PackInvalid: naming every guard that does not fit.
    """
    if faults := list(_faults(raw)):
        raise PackInvalid(faults)
    words = raw.get("words") or {}
    patterns = {name: _pattern(word for said in words[name].values() for word in said) for name in words}
    return Guards(tuple(_guard(each) for each in raw.get("guards") or ()), patterns, units)


def guard_faults(pack: Pack) -> tuple[str, ...]:
    """Return what is wrong with a pack's guards, for `kg.pack.check`."""
    languages = [f"guards.yaml: {name}: {fault}" for name, fault in _unsaid(pack)]
    return (*_faults(pack.guards), *languages)


def _unsaid(pack: Pack) -> Iterator[tuple[str, str]]:
    for guard in _listed(pack.guards.get("guards")):
        message = guard.get("message") if isinstance(guard, Mapping) else None
        for language in pack.languages:
            if isinstance(message, Mapping) and language not in message:
                yield str(guard.get("id")), f"the message has no {language}; write it"


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    if unknown := sorted(map(str, set(raw) - {"words", "guards"})):
        yield f"guards.yaml: unknown key {', '.join(unknown)}; there are words and guards"
    words = raw.get("words") or {}
    for name, said in words.items() if isinstance(words, Mapping) else ():
        if name == AMOUNT or not isinstance(said, Mapping) or not all(_are_texts(each) for each in said.values()):
            yield f"guards.yaml: words.{name}: write language: [phrases]; {AMOUNT} is any amount with a unit"
    known = {*words, AMOUNT}
    seen: set[str] = set()
    for number, guard in enumerate(_listed(raw.get("guards")), start=1):
        name = str(guard.get("id", f"number {number}")) if isinstance(guard, Mapping) else f"number {number}"
        for fault in _guard_faults(guard, known):
            yield f"guards.yaml: {name}: {fault}"
        if name in seen:
            yield f"guards.yaml: {name}: another guard has this id"
        seen.add(name)


def _guard_faults(guard: object, known: Iterable[str]) -> Iterator[str]:
    if not isinstance(guard, Mapping) or not isinstance(guard.get("id"), str):
        yield "a guard is a mapping with an id"
        return
    if unknown := sorted(map(str, set(guard) - _KEYS)):
        yield f"unknown key {', '.join(unknown)}; a guard has {', '.join(sorted(_KEYS))}"
    if guard.get("outcome") not in Outcome.__members__:
        yield f"outcome must be one of {', '.join(Outcome.__members__)}"
    message = guard.get("message")
    if not isinstance(message, Mapping) or not message or not all(isinstance(m, str) and m for m in message.values()):
        yield "message must give a text for each language"
    if not guard.get("certain") and not guard.get("likely"):
        yield "write combinations of word sets under certain or likely"
    combinations = [*_listed(guard.get("certain")), *_listed(guard.get("likely")), _listed(guard.get("unless"))]
    for combination in combinations:
        if not _are_texts(combination) or set(combination) - set(known):
            yield f"{combination!r} must list names of word sets: {', '.join(sorted(known))}"


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value)


def _guard(record: Mapping[str, Any]) -> Guard:
    return Guard(
        record["id"],
        Outcome[record["outcome"]],
        record["message"],
        tuple(tuple(each) for each in record.get("certain") or ()),
        tuple(tuple(each) for each in record.get("likely") or ()),
        tuple(record.get("unless") or ()),
        bool(record.get("leads", False)),
    )


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of phrases: Latin ones at word boundaries, wide ones anywhere; a gap `…` is a few characters."""
    parts = []
    for word in sorted({_spoken(word) for word in words}, key=len, reverse=True):
        body = r"[^,，。]{0,8}".join(re.escape(part) for part in word.split("…"))
        begins = r"(?<![a-z0-9])" if not is_wide(word[0]) else ""
        ends = r"(?![a-z0-9])" if not is_wide(word[-1]) else ""
        parts.append(f"{begins}{body}{ends}")
    return re.compile("|".join(parts) or r"(?!)")
