"""Linking: which entities a text names. Only names that are in the index; never a near miss.

Rules, in this order:

1. A name in a script without spaces is found anywhere; one in letters only between word
   boundaries (an English plural `s` may follow), and only where its own words end may the text
   have a space or hyphen.
2. A romanised name must not contradict the tone marks that were typed. Without any tone it
   is found inside a sentence only if nobody could mean another word: it has several syllables
   and is written apart or has at least five letters. As the whole text it is always found.
3. Of several names with one spelling the standard name as written wins, then other spellings of
   standard names and aliases as written, then other spellings of aliases, then romanised names.
   A collective name never gives way: it asks. A botanical name counts as a standard name.
4. Of overlapping mentions the longest wins, then the leftmost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kg.linking.fold import Folded, fold, is_latin
from kg.linking.index import Entry, NameIndex
from kg.linking.romanised import is_romanised, marks
from kg.model import Name, NameKind

__all__ = ["Candidate", "Links", "Match", "Mention", "link"]

MIN_JOINED_LETTERS: Final = 5  # "gancao" can only be pinyin; "aiye" or "dada" need not be


class Match(StrEnum):
    """How a text came to name an entity, surest first."""

    EXACT = "exact"  # the standard name as written
    FOLDED = "folded"  # the standard name in another spelling
    ALIAS = "alias"  # another name, in any spelling
    PINYIN = "pinyin"  # a romanised name, with tones or without
    COLLECTIVE = "collective"  # a name of several things


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entity that a mention may name."""

    entity: str
    type: str
    name: Name
    how: Match


@dataclass(frozen=True, slots=True)
class Mention:
    """A slice of the text (`start` and `end` count characters) and what it may name, best first, never empty."""

    start: int
    end: int
    text: str
    candidates: tuple[Candidate, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Whether a person has to say which entity is meant."""
        return len(self.candidates) > 1 or self.candidates[0].how is Match.COLLECTIVE


@dataclass(frozen=True, slots=True)
class Links:
    """`mentions` do not overlap and stand in the order of the text; `hits` are all that were found."""

    mentions: tuple[Mention, ...]
    hits: tuple[Mention, ...]


def link(text: str, index: NameIndex) -> Links:
    """Return what `text` names."""
    folded = fold(text)
    whole = _bare_span(text)
    hits: list[tuple[int, Mention]] = []
    for start, end in sorted(index.occurrences(folded)):
        candidates = _candidates(folded, start, end, index.at(folded.text[start:end]), whole)
        if candidates:
            at = folded.span(start, end)
            hits.append((end - start, Mention(*at, text[at[0] : at[1]], candidates)))
    return Links(_longest(hits, len(text)), tuple(mention for _, mention in hits))


def _bare_span(text: str) -> tuple[int, int]:
    """Return the span of the text without what stands around its first and last letter."""
    letters = [position for position, character in enumerate(text) if character.isalnum()]
    return (letters[0], letters[-1] + 1) if letters else (0, 0)


def _longest(hits: Iterable[tuple[int, Mention]], length: int) -> tuple[Mention, ...]:
    taken = bytearray(length)
    chosen: list[Mention] = []
    for _, mention in sorted(hits, key=lambda hit: (-hit[0], hit[1].start)):
        if not any(taken[mention.start : mention.end]):
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
            chosen.append(mention)
    return tuple(sorted(chosen, key=lambda mention: mention.start))


def _candidates(
    folded: Folded, start: int, end: int, entries: Iterable[Entry], whole: tuple[int, int]
) -> tuple[Candidate, ...]:
    first, last = folded.span(start, end)
    tail = _word_after(folded, start, end)
    if tail is None:
        return ()
    written = folded.original[first:last]
    is_whole = first <= whole[0] and whole[1] <= last
    typed_breaks = folded.breaks(start, end)
    ranked: list[tuple[int, Candidate]] = []
    for entry in entries:
        if is_romanised(entry.name.language):
            fits = not tail and _reads_as(entry, written, typed_breaks, is_whole=is_whole)
        else:
            fits = typed_breaks <= entry.breaks
        if fits:
            ranked.append(_ranked(entry, written))
    if not any(candidate.how is Match.COLLECTIVE for _, candidate in ranked):
        best = min((rank for rank, _ in ranked), default=0)
        ranked = [found for found in ranked if found[0] == best]
    ranked.sort(key=lambda found: (found[0], found[1].entity))
    by_entity = {candidate.entity: candidate for _, candidate in reversed(ranked)}
    return tuple(by_entity[identity] for identity in dict.fromkeys(candidate.entity for _, candidate in ranked))


def _word_after(folded: Folded, start: int, end: int) -> str | None:
    """Return the plural ending after a hit, or None if the hit is not made of whole words."""
    first, last = folded.span(start, end)
    text = folded.original
    if is_latin(folded.text[start]) and first > 0 and is_latin(text[first - 1]):
        return None
    if not is_latin(folded.text[end - 1]):
        return ""
    stop = last
    while stop < len(text) and stop - last <= len("es") and is_latin(text[stop]):
        stop += 1
    ending = text[last:stop].casefold()
    return ending if ending in {"", "s", "es"} else None


def _reads_as(entry: Entry, written: str, typed_breaks: frozenset[int], *, is_whole: bool) -> bool:
    """Say whether `written`, which folds to a form of the romanised `entry`, may be meant as it."""
    if any(character.isdigit() for character in written):
        return True  # tone numbers are part of the form
    typed = marks(written)
    if any(mark and mark != tone for mark, tone in zip(typed, entry.marks, strict=False)):
        return False
    if entry.breaks and not typed_breaks <= entry.breaks:
        return False
    if is_whole or any(typed):
        return True
    return bool(entry.breaks) and (typed_breaks == entry.breaks or len(typed) >= MIN_JOINED_LETTERS)


def _ranked(entry: Entry, written: str) -> tuple[int, Candidate]:
    name = entry.name
    as_written = name.text == written
    is_standard = name.kind is NameKind.STANDARD
    # A botanical name is the standard name of the plant itself: a herb has it as much as its source species.
    behind = 0 if is_standard or name.kind is NameKind.BOTANICAL else 1
    if name.kind is NameKind.COLLECTIVE:
        how, rank = Match.COLLECTIVE, 0
    elif is_romanised(name.language):
        how, rank = Match.PINYIN, 3
    elif is_standard:
        how, rank = (Match.EXACT, behind) if as_written else (Match.FOLDED, behind + 1)
    else:
        how, rank = Match.ALIAS, behind if as_written else behind + 1
    return rank, Candidate(entry.entity, entry.type, name, how)
