"""What is asked, made out: each subject linked, its dose read, the person's context checked and understood."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from kg.linking.fold import fold_key
from kg.messages import text
from kg.model import Scalar
from kg.rules import Key, holds
from reasoning.safety.model import FieldFault, InvalidPrescription, Subject
from reasoning.safety.names import Taken, given_entities, taken_for, texts_of
from reasoning.safety.plain import is_text, seen
from reasoning.safety.setting import Setting
from reasoning.safety.stated import NOTHING_STATED, Stated, has_word, stated

__all__ = ["MOST_SUBJECTS", "Case", "Item", "case_of", "mentioned"]

MOST_SUBJECTS: Final = 50
_LONGEST: Final = 200  # characters of a name
_MOST_NAMES: Final = 100  # under one key


@dataclass(frozen=True, slots=True)
class Item:
    """One subject: its place in the request, what it was taken for, what is stated of it."""

    number: int
    text: str
    taken: Taken
    stated: Stated = NOTHING_STATED

    @property
    def ids(self) -> tuple[str, ...]:
        """The entities that it may be."""
        return self.taken.entities


@dataclass(frozen=True, slots=True)
class Case:
    """What is checked: subjects, what is known of the person, and what the person names under each key.

    `heard` are the texts of the context with what they were taken for. `is_mention`: things that a question names,
    not things that are to be used together.
    """

    items: tuple[Item, ...]
    context: Mapping[str, Any]
    given: Mapping[str, frozenset[str]]
    heard: tuple[tuple[str, Taken], ...]
    is_mention: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """All entities that subjects may be."""
        return tuple(dict.fromkeys(identity for item in self.items for identity in item.ids))

    @property
    def starts(self) -> frozenset[str]:
        """All entities that anything named may be."""
        return frozenset(self.ids).union(*self.given.values())


def mentioned(ids: Sequence[str], context: Mapping[str, Any], setting: Setting) -> Case:
    """Return the case of a question that names some entities; what its context says wrongly is passed over."""
    items = tuple(Item(number, "", Taken((identity,), is_sure=True)) for number, identity in enumerate(ids))
    given, heard = _given(context, setting)
    return Case(items, _settled(context, setting), given, heard, is_mention=True)


def case_of(subjects: Sequence[Subject], context: Mapping[str, Any], setting: Setting, language: str) -> Case:
    """Return the case of a request.

    Raises:
        InvalidPrescription: naming every field that cannot be read or that contradicts another.
    """
    faults: list[FieldFault] = []
    if not subjects:
        faults.append(FieldFault("subjects", text("subjects_none", language)))
    if len(subjects) > MOST_SUBJECTS:
        faults.append(FieldFault("subjects", text("subjects_many", language, most=MOST_SUBJECTS)))
    items = []
    for number, subject in enumerate(subjects[:MOST_SUBJECTS]):
        item, found = _item(number, subject, setting, language)
        items.append(item)
        faults += found
    faults += _context_faults(context, setting, language)
    if faults:
        raise InvalidPrescription(faults)
    held = _with_populations({k: v for k, v in context.items() if v is not None}, setting)
    faults = list(_contradictions(held, setting, language))
    if faults:
        raise InvalidPrescription(faults)
    given, heard = _given(held, setting)
    return Case(tuple(_in_one_form(items, setting)), _settled(held, setting), given, heard)


def _item(number: int, subject: Subject, setting: Setting, language: str) -> tuple[Item, list[FieldFault]]:
    field, name = f"subjects[{number}]", seen(subject.text).strip()
    if not name and not subject.entity:
        return Item(number, "", Taken()), [FieldFault(field, text("subject_empty", language))]
    if len(name) > _LONGEST or not is_text(name):
        return Item(number, "", Taken()), [FieldFault(f"{field}.text", text("subject_text", language))]
    taken = Taken((subject.entity,), is_sure=True) if subject.entity else taken_for(name, setting)
    said, faults = stated(subject.dose, subject.preparation, name, setting, field, language)
    return Item(number, name or subject.entity, taken, said), faults


def _in_one_form(items: Sequence[Item], setting: Setting) -> list[Item]:
    """Give all that is made together one form: where one thing is handled in a making, the others are made so too."""
    policy = setting.policy
    if not policy.handled:
        return list(items)
    made = [_is_handled(item, setting) or policy.handled in item.stated.forms for item in items]
    if not any(made):
        return list(items)
    found = []
    for item, is_handled in zip(items, made, strict=True):
        own = item.stated
        if is_handled or not (own.forms & policy.making or own.handlings):
            own = replace(own, forms=own.forms | {policy.handled})
        found.append(replace(item, stated=own))
    return found


def _is_handled(item: Item, setting: Setting) -> bool:
    return bool(item.stated.handlings - setting.memory.of(("outside",), lambda: _outside(setting)))


def _outside(setting: Setting) -> frozenset[str]:
    """Return the handlings of what is not made together with the others."""
    return frozenset(
        entry.entity
        for name in setting.policy.unhandled
        for entry in setting.index.at(fold_key(name))
        if entry.type in setting.policy.handling
    )


def _context_faults(context: Mapping[str, Any], setting: Setting, language: str) -> list[FieldFault]:
    faults = []
    for key, value in context.items():
        kind, about = setting.context.get(key), setting.policy.context.get(key, Key())
        problem = ""
        if kind is None:
            known = text("list_separator", language).join(setting.context)
            problem = text("context_key", language, key=key, known=known)
        elif value is not None:
            problem = _value_problem(value, kind, about, language)
        if problem:
            faults.append(FieldFault(f"context.{key}", problem))
    return faults


def _value_problem(  # noqa: PLR0911  one for each kind and fault
    value: object, kind: str, about: Key, language: str
) -> str:
    if kind == "boolean":
        return "" if isinstance(value, bool) else text("context_boolean", language)
    if kind == "number":
        return _number_problem(value, about, language)
    if kind == "string":
        if not isinstance(value, str) or not _is_readable(value):
            return text("context_string", language)
        if about.values and value and value not in about.values:
            return text("context_value", language, known=text("list_separator", language).join(about.values))
        return ""
    listed = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else None
    if listed is None or len(listed) > _MOST_NAMES:
        return text("context_strings", language)
    readable = all(isinstance(each, str) and _is_readable(each) for each in listed)
    return "" if readable else text("context_strings", language)


def _number_problem(value: object, about: Key, language: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return text("context_number", language)
    if about.bounds and not about.bounds[0] <= value <= about.bounds[1]:
        return text("context_bounds", language, low=f"{about.bounds[0]:g}", high=f"{about.bounds[1]:g}")
    return ""


def _is_readable(said: str) -> bool:
    return len(said) <= _LONGEST and is_text(said)


def _with_populations(context: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Hear what a list says that a key of its own asks for: `conditions: [pregnant]` is `pregnant: true`."""
    held = dict(context)
    booleans = {key: about.values["true"] for key, about in setting.policy.context.items() if about.values.get("true")}
    for key, kind in setting.context.items():
        if kind != "strings":
            continue
        rest = []
        for said in texts_of(held.get(key)):
            meant = [name for name, words in booleans.items() if said.strip().casefold() in words]
            held |= {name: True for name in meant if held.get(name) is None}
            if not meant or any(held[name] is not True for name in meant):
                rest.append(said)
        if key in held:
            held[key] = rest
    return held


def _contradictions(context: Mapping[str, Any], setting: Setting, language: str) -> list[FieldFault]:
    faults = []
    for key, about in setting.policy.context.items():
        if context.get(key) is not True:
            continue
        for test in about.contradicts:
            if all(context.get(other) is not None and holds(context[other], wanted) for other, wanted in test.items()):
                others = text("list_separator", language).join(f"{name}: {context[name]}" for name in test)
                faults.append(FieldFault(f"context.{key}", text("context_contradiction", language, others=others)))
    return faults


def _settled(context: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Return the context with what follows from it: keys that something known rules out are false."""
    held = dict(context)
    for key, about in setting.policy.context.items():
        if setting.context.get(key) == "boolean" and held.get(key) is None:
            for test in about.never:
                if all(holds(held.get(other), wanted) for other, wanted in test.items()):
                    held[key] = False
    return held


def _given(
    context: Mapping[str, Scalar | list[str]], setting: Setting
) -> tuple[dict[str, frozenset[str]], tuple[tuple[str, Taken], ...]]:
    keys = dict.fromkeys(rule.with_key for rule in setting.rules if rule.with_key)
    given: dict[str, frozenset[str]] = {}
    heard: list[tuple[str, Taken]] = []
    for key in keys:
        about = setting.policy.context.get(key, Key())
        found: set[str] = set()
        for said in texts_of(context.get(key)):
            if not said.strip():
                continue
            taken = setting.memory.of(("given", key, said), partial(_given_under, said, about, setting))
            heard.append((said, taken))
            found.update(taken.entities)
        if context.get(key) is not None:
            given[key] = frozenset(found)
    return given, tuple(heard)


def _given_under(said: str, about: Key, setting: Setting) -> Taken:
    """Return what a text under a key names, by itself or with the words around it that belong to the key."""
    first = given_entities(said, setting, about.types)
    if first.is_sure:
        return first
    plain = said
    for word in (*about.before, *about.after):
        if has_word(plain.casefold(), (word,)):
            plain = plain.casefold().replace(word, " ").strip()
    around = [f"{before}{plain}{after}" for before in ("", *about.before) for after in ("", *about.after)]
    spoken = [first, *(given_entities(each, setting, about.types) for each in dict.fromkeys(around))]
    entities = tuple(dict.fromkeys(identity for taken in spoken for identity in taken.entities))
    return Taken(entities, any(taken.is_sure for taken in spoken))
