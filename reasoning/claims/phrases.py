"""Reading the words by which prose states facts: a pack's `statements.yaml` and the languages' own words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from spacy.matcher import PhraseMatcher

from kg.amounts import Units
from kg.errors import PackInvalid
from kg.model import Entity, Grade, NameKind, Scalar
from kg.pack.content import Pack
from kg.schema import Schema
from reasoning.answer import Verdict
from reasoning.claims.statements import Cue, Mark, MarkKind, Mode, Order, Statements, Together
from reasoning.claims.tokens import tokenise, vocabulary
from reasoning.lexicon import is_wide, plain

__all__ = ["parse_statements", "statement_faults", "warm_up"]

_Choice = TypeVar("_Choice", bound=StrEnum)
_LANGUAGES: Final = ("zh", "en")
_TEN: Final = 10
_PACK_MARKS: Final = {
    "circumstances": MarkKind.CIRCUMSTANCE,
    "plain": MarkKind.PLAIN,
    "endings": MarkKind.ENDING,
    "pronouns": MarkKind.PRONOUN,
    "counted": MarkKind.COUNTED,
    "editions": MarkKind.EDITION,
}
_QUANTIFIERS: Final = ("any", "none", "only", "count", "all")
_KEYS: Final = frozenset({
    "order", "mode", "object", "fallback", "unit", "context", "qualifiers", "denies", "quantifier", "complete",
    "last", "bare", "counts_if", "together", "types", "effect", "leave", "suffixes", *_LANGUAGES,
})  # fmt: skip


def statement_faults(pack: Pack) -> tuple[str, ...]:
    """Return what is wrong with a pack's statements, for `kg.pack.check`."""
    try:
        parse_statements(pack.statements, pack.schema, pack.graph.entities)
    except PackInvalid as invalid:
        return invalid.faults
    return ()


def parse_statements(
    raw: Mapping[str, Any], schema: Schema, entities: Iterable[Entity] = (), units: Units | None = None
) -> Statements:
    """Build the statements of a pack (empty for one without such a file) and of the languages.

    Args:
        raw: the pack's `statements.yaml`.
        schema: of the pack.
        entities: of the pack, for those that cues name.
        units: of the pack; the SI's if there are none.

    Raises:
        PackInvalid: naming every relation, qualifier, context or entity that is not there, and every unknown key.
    """
    found = _Parser(raw, schema, entities).parsed()
    return found if units is None else replace(found, units=units)


def warm_up(statements: Statements) -> None:
    """Run the matcher once, so that no text waits for it."""
    if statements.matcher is not None:
        statements.matcher(tokenise("a"))


class _Parser:
    """Statements gathered so far, and what was wrong with the others."""

    def __init__(self, raw: Mapping[str, Any], schema: Schema, entities: Iterable[Entity]) -> None:
        self.raw = raw
        self.schema = schema
        self.cues: dict[str, list[Cue]] = {}
        self.marks: dict[str, list[Mark]] = {}
        self.bare: set[str] = set()
        self.pairs: list[Cue] = []
        self.faults: list[str] = []
        self.entities = tuple(entities)
        self.numerals = _numerals()
        self.ids: dict[str, dict[str, str]] = {}
        for entity in self.entities:
            for name in entity.names:
                if name.kind is NameKind.STANDARD:
                    self.ids.setdefault(name.text, {}).setdefault(entity.type, entity.id)

    def parsed(self) -> Statements:
        known = {"relations", "contexts", "values", "parts", *_PACK_MARKS}
        for key in self.raw.keys() - known:
            self._fault(key, f"unknown; write one of {', '.join(sorted(known))}")
        self._languages()
        for section, kind in _PACK_MARKS.items():
            self._words(self.raw.get(section) or {}, section, Mark(kind))
        for phrase in [phrase for phrase, marks in self.marks.items() if Mark(MarkKind.COUNTED) in marks]:
            for numeral, number in self.numerals.items():
                self.marks.setdefault(plain(numeral + phrase), []).append(Mark(MarkKind.COUNTED, str(number)))
        for context, words in self._mapping("contexts"):
            self._words(words, f"contexts.{context}", Mark(MarkKind.CONTEXT, context))
        for qualifier, values in self._mapping("values"):
            self._values(qualifier, values)
        for relation, entries in self._mapping("relations"):
            self._relation(relation, entries)
        if self.faults:
            raise PackInvalid(tuple(self.faults))
        self._inherit()
        cues = {phrase: tuple(dict.fromkeys(found)) for phrase, found in self.cues.items()}
        marks = {phrase: tuple(dict.fromkeys(found)) for phrase, found in self.marks.items()}
        editions = tuple(w for w, found in marks.items() if any(mark.kind is MarkKind.EDITION for mark in found))
        whole = tuple(dict.fromkeys(cue for found in cues.values() for cue in found if cue.is_complete))
        sized = {cue.relation: cue for found in cues.values() for cue in found if cue.fallback and not cue.unit}
        return Statements(
            cues,
            marks,
            frozenset(self.bare),
            editions,
            whole,
            tuple(sized.values()),
            tuple(self.pairs),
            self._parts(),
            _matcher({*cues, *marks}),
        )

    def _languages(self) -> None:
        for own in _language_statements():
            for key, words in own.items():
                if key == "strength":
                    for grade, phrases in words.items():
                        self._phrases(phrases, Mark(MarkKind.STRENGTH, str(Grade(grade))))
                else:
                    self._phrases(words, Mark(MarkKind(key)))

    def _phrases(self, words: Iterable[Any], mark: Mark) -> None:
        for word in words:
            self.marks.setdefault(plain(str(word)), []).append(mark)

    def _words(self, by_language: object, where: str, mark: Mark) -> None:
        for words in self._by_language(by_language, where):
            self._phrases(words, mark)

    def _by_language(self, by_language: object, where: str) -> Iterator[list[str]]:
        if not isinstance(by_language, Mapping):
            self._fault(where, "write language: [phrases]")
            return
        for language, words in by_language.items():
            if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
                self._fault(f"{where}.{language}", "write a list of non-empty phrases")
                continue
            yield words

    def _mapping(self, section: str) -> Iterator[tuple[str, Any]]:
        found = self.raw.get(section) or {}
        if not isinstance(found, Mapping):
            self._fault(section, "must be a mapping")
            return
        yield from found.items()

    def _values(self, qualifier: str, values: object) -> None:
        known = self.schema.qualifiers.get(qualifier)
        if known is None or not isinstance(values, Mapping):
            names = ", ".join(sorted(self.schema.qualifiers))
            self._fault(f"values.{qualifier}", f"no qualifier of schema.yaml with its values; it has {names}")
            return
        for value, words in values.items():
            if value not in known.values:
                self._fault(f"values.{qualifier}.{value}", f"write one of {', '.join(known.values)}")
            self._words(words, f"values.{qualifier}.{value}", Mark(MarkKind.VALUE, qualifier, str(value)))

    def _relation(self, relation: str, entries: object) -> None:
        if relation not in self.schema.relations:
            self._fault(f"relations.{relation}", f"not in schema.yaml; it has {', '.join(self.schema.relations)}")
            return
        if not isinstance(entries, list):
            self._fault(f"relations.{relation}", "write a list of cues")
            return
        for number, entry in enumerate(entries):
            self._entry(relation, entry, f"relations.{relation}.{number}")

    def _entry(self, relation: str, entry: object, where: str) -> None:
        if not isinstance(entry, Mapping):
            self._fault(where, "write a mapping with phrases under zh and en")
            return
        for key in entry.keys() - _KEYS:
            self._fault(f"{where}.{key}", f"unknown; write one of {', '.join(sorted(_KEYS))}")
        if entry.get("bare"):
            self.bare.add(relation)
        cue = Cue(
            relation,
            order=self._one_of(Order, entry.get("order", Order.AROUND), f"{where}.order"),
            mode=self._one_of(Mode, entry.get("mode", Mode.PLAIN), f"{where}.mode"),
            object=self._entity(relation, entry.get("object"), f"{where}.object"),
            fallback=self._fallback(relation, entry.get("fallback"), f"{where}.fallback"),
            unit=str(entry.get("unit", "")),
            context=self._context(entry.get("context"), f"{where}.context"),
            qualifiers=self._qualifiers(relation, entry.get("qualifiers") or {}, f"{where}.qualifiers"),
            is_denied=bool(entry.get("denies")),
            quantifier=self._quantifier(entry.get("quantifier"), f"{where}.quantifier"),
            is_complete=bool(entry.get("complete")),
            is_last=bool(entry.get("last")),
            together=self._one_of(Together, entry["together"], f"{where}.together") if "together" in entry else None,
            types=self._types(relation, entry.get("types"), f"{where}.types"),
            is_effect=bool(entry.get("effect")),
            counts_if=str(self._one_of(Verdict, entry["counts_if"], f"{where}.counts_if"))
            if "counts_if" in entry
            else "",
            leave=self._other(entry.get("leave"), f"{where}.leave"),
        )
        if cue.together is not None:
            self.pairs.append(replace(cue, mode=Mode.PROHIBITED))
        for words in self._by_language({key: entry[key] for key in _LANGUAGES if key in entry}, where):
            for word in words:
                self.cues.setdefault(plain(word), []).append(cue)
                if cue.quantifier == "count":
                    for numeral in self.numerals:
                        self.cues.setdefault(plain(numeral + word), []).append(cue)
        if "suffixes" in entry:
            self._suffixed(relation, cue, entry["suffixes"], f"{where}.suffixes")

    def _suffixed(self, relation: str, cue: Cue, endings: object, where: str) -> None:
        """Let the names of objects end otherwise: 阴虚火旺证 and 阴虚火旺者."""
        if not isinstance(endings, Mapping) or not all(isinstance(each, list) for each in endings.values()):
            self._fault(where, "write ending: [other endings]")
            return
        for identity, name in self._names_of(relation, "zh"):
            for ending, others in endings.items():
                if name.endswith(ending) and len(name) > len(ending) + 1:
                    for other in others:
                        phrase = plain(name.removesuffix(ending) + str(other))
                        self.cues.setdefault(phrase, []).append(replace(cue, object=identity))

    def _names_of(self, relation: str, language: str) -> Iterator[tuple[str, str]]:
        kinds = set(self.schema.relations[relation].objects)
        for entity in self.entities:
            if entity.type in kinds:
                yield from ((entity.id, name.text) for name in entity.names if name.language == language)

    def _parts(self) -> Mapping[str, str]:
        found = {str(part): str(whole) for part, whole in self._mapping("parts")}
        for basis in {*found, *found.values()}:
            if basis not in self.schema.qualifiers["basis"].values:
                self._fault("parts", f"{basis!r} is no value of the qualifier basis")
        return found

    def _inherit(self) -> None:
        """Let a phrase say what a phrase inside it says in a context: used by, of pregnant women, is used."""
        own = {phrase: [cue for cue in cues if cue.context] for phrase, cues in self.cues.items()}
        said = {(phrase, cue.relation, cue.context) for phrase, cues in own.items() for cue in cues}
        inner = {phrase: cues for phrase, cues in own.items() if cues}
        for phrase, cues in self.cues.items():
            for other, inherited in inner.items():
                if other != phrase and _is_inside(other, phrase):
                    cues.extend(c for c in inherited if (phrase, c.relation, c.context) not in said)

    def _one_of(self, kind: type[_Choice], value: object, where: str) -> _Choice:
        try:
            return kind(str(value))
        except ValueError:
            self._fault(where, f"write one of {', '.join(kind)}")
            return next(iter(kind))

    def _entity(self, relation: str, name: object, where: str) -> str:
        if name is None:
            return ""
        objects = self.schema.relations[relation].objects
        found = [identity for kind, identity in self.ids.get(str(name), {}).items() if kind in objects]
        if not found:
            self._fault(where, f"no entity of {' or '.join(objects)} has the standard name {name!r}")
            return ""
        return found[0]

    def _fallback(self, relation: str, names: object, where: str) -> tuple[str, ...]:
        listed = names if isinstance(names, list) else [] if names is None else [names]
        return tuple(found for name in listed if (found := self._entity(relation, name, where)))

    def _types(self, relation: str, names: object, where: str) -> tuple[str, ...]:
        objects = self.schema.relations[relation].objects
        listed = tuple(map(str, names)) if isinstance(names, list) else ()
        if names is not None and (not listed or set(listed) - set(objects)):
            self._fault(where, f"write a list of {', '.join(objects)}")
        return listed

    def _other(self, name: object, where: str) -> str:
        if name is not None and name not in self.schema.relations:
            self._fault(where, f"{name!r} is no relation of schema.yaml")
        return str(name or "")

    def _verdict(self, name: object, where: str) -> str:
        return "" if name is None else str(self._one_of(Verdict, name, where))

    def _context(self, name: object, where: str) -> str:
        if name is not None and name not in (self.raw.get("contexts") or {}):
            self._fault(where, f"{name!r} is not under contexts")
        return str(name or "")

    def _quantifier(self, name: object, where: str) -> str:
        if name is not None and name not in _QUANTIFIERS:
            self._fault(where, f"write one of {', '.join(_QUANTIFIERS)}")
        return str(name or "")

    def _qualifiers(self, relation: str, given: object, where: str) -> tuple[tuple[str, Scalar], ...]:
        if not isinstance(given, Mapping):
            self._fault(where, "must be a mapping")
            return ()
        for name, value in given.items():
            known = self.schema.qualifiers.get(name)
            if name not in self.schema.relations[relation].qualifiers or known is None:
                declared = ", ".join(self.schema.relations[relation].qualifiers) or "none"
                self._fault(f"{where}.{name}", f"{relation} has no such qualifier; it has {declared}")
            elif known.values and value not in known.values:
                self._fault(f"{where}.{name}", f"write one of {', '.join(known.values)}")
        return tuple(given.items())

    def _fault(self, where: str, message: str) -> None:
        self.faults.append(f"statements.yaml: {where}: {message}")


@cache
def _language_statements() -> tuple[Mapping[str, Any], ...]:
    folder = Path(__file__).parents[1] / "language"
    files = (folder / f"{language}.yaml" for language in _LANGUAGES)
    return tuple(yaml.safe_load(file.read_text(encoding="utf-8"))["statements"] for file in files)


def _is_inside(inner: str, phrase: str) -> bool:
    return inner in phrase if is_wide(inner[0]) else f" {inner} " in f" {phrase} "


def _matcher(phrases: Iterable[str]) -> PhraseMatcher:
    matcher = PhraseMatcher(vocabulary(), attr="ORTH")
    matcher.add("statement", [tokenise(phrase) for phrase in sorted(phrases)])
    return matcher


@cache
def _numerals() -> Mapping[str, int]:
    """Return the numbers that are written without a space before what they count, with their words."""
    folder = Path(__file__).parents[1] / "language"
    said = yaml.safe_load((folder / "zh.yaml").read_text(encoding="utf-8"))["numbers"]
    ones = {str(word): int(value) for word, value in said.items() if 0 < int(value) <= _TEN}
    ten = next(word for word, value in ones.items() if value == _TEN)
    teens = {ten + word: _TEN + value for word, value in ones.items() if value < _TEN}
    return ones | teens
