"""The words that steer a question: the pack's lexicon and the languages' own function words, in one automaton.

A phrase may carry several tags (妊娠 signals a relation *and* a key of the person's context); which of
them a question means is for the planner to weigh. Matching is on text of unchanged length, so that
every span is a span of the question as it was typed.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import ahocorasick
import opencc
import yaml

from kg.errors import PackInvalid
from kg.pack.content import Pack
from kg.schema import Schema

__all__ = ["Lexicon", "Tag", "TagKind", "Word", "find_words", "is_wide", "lexicon_faults", "parse_lexicon", "plain"]


class TagKind(StrEnum):
    """What a phrase says about a question."""

    RELATION = "relation"  # value: relation id, detail: the one direction that the word names, if it names one
    QUALIFIER = "qualifier"  # value: qualifier asked for
    VALUE = "value"  # value: qualifier, detail: its value
    TYPE = "type"  # value: entity type id
    CONTEXT = "context"  # value: key of the person's context
    OPERATOR = "operator"  # value: which, count, both, …
    NEUTRAL = "neutral"
    MODIFIER = "modifier"  # before a name it makes another name
    FUNCTION = "function"
    SEPARATOR = "separator"  # a single character that ends a name


@dataclass(frozen=True, slots=True)
class Tag:
    """One meaning of a phrase."""

    kind: TagKind
    value: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase found in a text, with all of its meanings; offsets count characters."""

    start: int
    end: int
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases of a pack and of the languages, ready to be found.

    `value_types` are the types whose names are common words (cold, bitter).
    """

    automaton: ahocorasick.Automaton
    value_types: frozenset[str]


_LANGUAGE_FILES: Final = ("zh.yaml", "en.yaml")
_LAST_LATIN: Final = "\u024f"


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=20_000)
def _plain_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).lower()
    if len(folded) != 1:
        return character
    simplified = folded if folded <= _LAST_LATIN else _to_simplified().convert(folded)
    return simplified if len(simplified) == 1 else folded


def plain(text: str) -> str:
    """Return `text` in simplified script, half width and lower case, with its length unchanged."""
    return "".join(_plain_character(character) for character in text)


def is_wide(character: str) -> bool:
    """Say whether a character belongs to a script written without spaces."""
    return unicodedata.east_asian_width(character) in "WF"


def find_words(text: str, lexicon: Lexicon) -> Iterator[Word]:
    """Yield every phrase in `text` (as returned by `plain`), Latin phrases at word boundaries only."""
    for last, (phrase, tags) in lexicon.automaton.iter(text):
        start, end = last - len(phrase) + 1, last + 1
        if not is_wide(phrase[0]) and start > 0 and _is_letter(text[start - 1]):
            continue
        if not is_wide(phrase[-1]) and end < len(text) and _is_letter(text[end]):
            continue
        yield Word(start, end, tags)


def _is_letter(character: str) -> bool:
    return character.isalnum() and not is_wide(character)


def lexicon_faults(pack: Pack) -> tuple[str, ...]:
    """Return what is wrong with a pack's lexicon, for `kg.pack.check`."""
    try:
        parse_lexicon(pack.lexicon, pack.schema)
    except PackInvalid as invalid:
        return invalid.faults
    return ()


def parse_lexicon(raw: Mapping[str, Any], schema: Schema) -> Lexicon:
    """Build the automaton from a pack's `lexicon.yaml` and the languages' own words.

    Raises:
        PackInvalid: a relation, type or qualifier is not in the schema, or a phrase list is not a list.
    """
    phrases = _Phrases()
    sections = (
        ("relations", TagKind.RELATION, schema.relations),
        ("types", TagKind.TYPE, schema.types),
        ("qualifiers", TagKind.QUALIFIER, schema.qualifiers),
    )
    for section, kind, names in sections:
        for name, words in phrases.known(raw, section, names):
            phrases.add(Tag(kind, name), words, f"{section}.{name}")
    for name, directions in phrases.known(raw, "directed", schema.relations):
        phrases.add_each(TagKind.RELATION, name, directions, ("forward", "backward"), "directed")
    for name, values in phrases.known(raw, "values", schema.qualifiers):
        phrases.add_each(TagKind.VALUE, name, values, schema.qualifiers[name].values, "values")
    for name, words in (raw.get("context") or {}).items():
        phrases.add(Tag(TagKind.CONTEXT, name), words, f"context.{name}")
    phrases.add(Tag(TagKind.NEUTRAL), raw.get("neutral") or {}, "neutral")
    phrases.add(Tag(TagKind.MODIFIER), raw.get("modifiers") or {}, "modifiers")
    if phrases.faults:
        raise PackInvalid(phrases.faults)
    values = frozenset(kind.id for kind in schema.types.values() if kind.is_value)
    return Lexicon(_automaton(phrases.tags | _language_tags(phrases.tags)), values)


@dataclass(slots=True)
class _Phrases:
    """Phrases gathered so far with their tags, and what was wrong with the others."""

    tags: dict[str, set[Tag]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, tag: Tag, by_language: object, where: str) -> None:
        if not isinstance(by_language, Mapping):
            self.faults.append(f"lexicon.yaml: {where}: write language: [phrases]")
            return
        for language, words in by_language.items():
            if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
                self.faults.append(f"lexicon.yaml: {where}.{language}: write a list of non-empty phrases")
                continue
            for word in words:
                self.tags.setdefault(plain(word), set()).add(tag)

    def add_each(
        self, kind: TagKind, name: str, details: Mapping[str, object], allowed: Sequence[str], section: str
    ) -> None:
        for detail, words in details.items():
            if detail not in allowed:
                self.faults.append(f"lexicon.yaml: {section}.{name}.{detail}: write one of {', '.join(allowed)}")
            self.add(Tag(kind, name, detail), words, f"{section}.{name}.{detail}")

    def known(self, raw: Mapping[str, Any], section: str, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        allowed = sorted(names)
        for name, value in (raw.get(section) or {}).items():
            if name in allowed:
                yield name, value
            else:
                self.faults.append(f"lexicon.yaml: {section}.{name}: not in schema.yaml; it has {', '.join(allowed)}")


def _language_tags(own: Mapping[str, set[Tag]]) -> dict[str, set[Tag]]:
    """Return the languages' phrases, with the tags that the pack gives the same phrase."""
    tags: dict[str, set[Tag]] = {}
    for language in _language_words():
        for operator, words in language["operators"].items():
            for word in words:
                tags.setdefault(plain(word), set()).add(Tag(TagKind.OPERATOR, operator))
        for word in language["function"]:
            tags.setdefault(plain(word), set()).add(Tag(TagKind.FUNCTION))
        for word in language.get("separators", ()):
            tags.setdefault(plain(word), set()).add(Tag(TagKind.SEPARATOR))
    return {phrase: found | own.get(phrase, set()) for phrase, found in tags.items()}


@cache
def _language_words() -> tuple[Mapping[str, Any], ...]:
    folder = Path(__file__).parent / "language"
    return tuple(yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in _LANGUAGE_FILES)


def _automaton(phrases: Mapping[str, set[Tag]]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for phrase, tags in phrases.items():
        automaton.add_word(phrase, (phrase, tuple(sorted(tags, key=lambda tag: (tag.kind, tag.value, tag.detail)))))
    automaton.make_automaton()
    return automaton
