"""`safety.yaml`: how a pack's rules are put together to a conclusion, and how people write what rules look at.

What counts as covered, what each severity means for the conclusion, which words say how something is prepared
and taken, which keys of the person's context are worth asking for. All of it is optional.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kg.errors import PackInvalid
from kg.rules.rule import Wanted
from kg.schema import Schema, Step

__all__ = ["Form", "Key", "Measure", "Policy", "parse_policy", "policy_faults"]

_Words = dict[str, list[Annotated[str, Field(min_length=1)]]]  # language → words
_Severity = Literal["info", "minor", "moderate", "major", "contraindicated"]
_Conclusion = Literal["avoid", "caution"]
_DEFAULT: Final[Mapping[str, str]] = MappingProxyType(
    {"contraindicated": "avoid", "major": "avoid", "moderate": "caution", "minor": "caution"}
)


@dataclass(frozen=True, slots=True)
class Form:
    """How something is prepared or taken: the words that say so, and the objects of doses that are meant by it."""

    words: tuple[str, ...]
    objects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # at the beginning of a name they say so too (raw ginger)


@dataclass(frozen=True, slots=True)
class Measure:
    """Words after a number that make it a value of a key: `times` is how much one is (a month is a twelfth)."""

    words: tuple[str, ...]
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the person's context.

    Attributes:
        asks: from this severity on it is worth asking for; empty for never.
        never: what makes it false or without meaning, each a test of other keys.
        contradicts: what cannot be together with it.
        bounds: the least and greatest sensible number, both included.
        values: value → the words that say so, for a text with few values; `true` for a boolean.
        measures: how a number is written.
        lasting: units of time after a number that say for how long a value has been so.
        types: types of entities that the things named under it have.
        alone: types whose names are heard under it without any further word.
        before: words before a name that put it under this key.
        after: words after a name that do.
        label: what it is, by language.
    """

    asks: str = ""
    never: tuple[Mapping[str, Wanted], ...] = ()
    contradicts: tuple[Mapping[str, Wanted], ...] = ()
    bounds: tuple[float, float] | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    lasting: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    label: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """What `safety.yaml` says.

    Attributes:
        conclusion: severity → `avoid` or `caution`; a severity without changes nothing.
        coverage: type → the steps of which a thing of that type needs one to count as covered; types that are not
            here cannot be used at all.
        dosed: relation → objects: a thing with such a fact is not covered while its stated amount is not compared.
        forms: how things are prepared and taken, by name.
        handling: types of entities that say how something is handled while `handled` is being made.
        handled: the form whose making needs handling.
        making: the forms that exclude each other and that one; what has one of them is not made in another.
        taken_as: relation that says how a whole is taken; empty if none does.
        unhandled: standard names of handlings that do not say that it is being made.
        daily: the basis (of the schema) of an amount per day; `each` that of an amount per dose.
        most: unit → an amount above it is no dose but a slip.
        adult: what must not be known to be otherwise for an amount to count as too small.
        indefinite: words for an amount that is left open.
        separate: words that part two things (besides punctuation).
        each_word: words that give one amount to all things before it.
        times: words after a number that make it a time.
        fillers: words that say nothing beside a form.
        days: words after the number of days (or doses of one day).
        of: words between an amount and the name behind it (`10 g of …`).
        unheard: headings of what is of no matter to a check (a name, a ward).
        context: what is said about each key.
    """

    conclusion: Mapping[str, str] = field(default_factory=lambda: _DEFAULT)
    coverage: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    dosed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    handling: frozenset[str] = frozenset()
    handled: str = ""
    making: frozenset[str] = frozenset()
    unhandled: frozenset[str] = frozenset()
    taken_as: str = ""
    daily: str = ""
    each: str = ""
    most: Mapping[str, float] = field(default_factory=dict)
    adult: Mapping[str, Wanted] = field(default_factory=dict)
    indefinite: tuple[str, ...] = ()
    separate: tuple[str, ...] = ()
    each_word: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    context: Mapping[str, Key] = field(default_factory=dict)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Form(_Model):
    words: _Words = {}
    objects: list[str] = []
    names: _Words = {}


class _Measure(_Model):
    words: _Words
    times: float | int = 1


class _Key(_Model):
    asks: _Severity | Literal[""] = ""
    never: list[dict[str, Any]] = []
    contradicts: list[dict[str, Any]] = []
    bounds: Annotated[list[float | int], Field(min_length=2, max_length=2)] | None = None
    values: dict[str, _Words] = {}
    measures: list[_Measure] = []
    lasting: _Words = {}
    types: list[str] = []
    alone: list[str] = []
    before: _Words = {}
    after: _Words = {}
    label: dict[str, str] = {}


class _Handling(_Model):
    types: list[str] = []
    form: str = ""
    other_forms: list[str] = []
    outside: list[str] = []  # handlings of what does not go in
    wholes: str = ""  # relation that says how a whole is taken


class _Dose(_Model):
    needed_for: dict[str, list[str]] = {}
    daily: str = ""
    each: str = ""
    most: dict[str, float | int] = {}
    adult: dict[str, Any] = {}
    indefinite: _Words = {}


class _Writing(_Model):
    separate: _Words = {}
    each: _Words = {}
    times: _Words = {}
    fillers: _Words = {}
    days: _Words = {}
    of: _Words = {}
    unheard: _Words = {}


class _Policy(_Model):
    conclusion: dict[_Severity, _Conclusion] = {}
    coverage: dict[str, list[str]] = {}
    forms: dict[str, _Form] = {}
    handling: _Handling = _Handling()
    dose: _Dose = _Dose()
    writing: _Writing = _Writing()
    context: dict[str, _Key] = {}


def policy_faults(raw: Mapping[str, Any], schema: Schema, context: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with a pack's `safety.yaml`; `context` are the keys that its `pack.toml` declares."""
    try:
        said = _Policy.model_validate(raw)
    except ValidationError as error:
        return [
            f"safety.yaml: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)
        ]
    return [f"safety.yaml: {fault}" for fault in _faults(said, schema, frozenset(context))]


def _faults(said: _Policy, schema: Schema, context: frozenset[str]) -> Iterator[str]:
    for kind, steps in said.coverage.items():
        yield from _unknown_types([kind], schema, "coverage")
        for step in steps:
            if step.removeprefix("^") not in schema.relations:
                yield f"coverage.{kind}: {step!r} is no relation of schema.yaml (a leading ^ walks it backwards)"
    yield from _unknown_types(said.handling.types, schema, "handling.types")
    if said.handling.wholes and said.handling.wholes not in schema.relations:
        yield f"handling.wholes: {said.handling.wholes!r} is no relation of schema.yaml"
    unknown = (relation for relation in said.dose.needed_for if relation not in schema.relations)
    yield from (f"dose.needed_for: {relation!r} is no relation of schema.yaml" for relation in unknown)
    for form in {said.handling.form, *said.handling.other_forms} - {"", *said.forms}:
        yield f"handling: {form!r} is none of forms"
    for name, key in said.context.items():
        if name not in context:
            yield f"context.{name}: not a key of [context] in pack.toml"
        yield from _unknown_types((*key.types, *key.alone), schema, f"context.{name}.types")
        for test in (*key.never, *key.contradicts):
            for other in test.keys() - context:
                yield f"context.{name}: {other!r} is not a key of [context] in pack.toml"


def _unknown_types(names: Iterable[str], schema: Schema, where: str) -> Iterator[str]:
    return (f"{where}: {name!r} is no type of schema.yaml" for name in names if name not in schema.types)


def parse_policy(raw: Mapping[str, Any], schema: Schema, context: Iterable[str] = ()) -> Policy:
    """Return a pack's policy; one without a file has the ordinary conclusions and covers every type.

    Raises:
        PackInvalid: naming every entry that does not fit.
    """
    if faults := policy_faults(raw, schema, context):
        raise PackInvalid(faults)
    said = _Policy.model_validate(raw)
    return Policy(
        conclusion={str(level): str(end) for level, end in said.conclusion.items()} or _DEFAULT,
        coverage={kind: tuple(map(_step, steps)) for kind, steps in said.coverage.items()},
        dosed={relation: tuple(objects) for relation, objects in said.dose.needed_for.items()},
        forms={
            name: Form(_listed(each.words), tuple(each.objects), _listed(each.names))
            for name, each in said.forms.items()
        },
        handling=frozenset(said.handling.types),
        handled=said.handling.form,
        making=frozenset(said.handling.other_forms),
        unhandled=frozenset(said.handling.outside),
        taken_as=said.handling.wholes,
        daily=said.dose.daily,
        each=said.dose.each,
        most={unit: float(size) for unit, size in said.dose.most.items()},
        adult=said.dose.adult,
        indefinite=_listed(said.dose.indefinite),
        separate=_listed(said.writing.separate),
        each_word=_listed(said.writing.each),
        times=_listed(said.writing.times),
        fillers=_listed(said.writing.fillers),
        days=_listed(said.writing.days),
        of=_listed(said.writing.of),
        unheard=_listed(said.writing.unheard),
        context={name: _key(each) for name, each in said.context.items()},
    )


def _step(written: str) -> Step:
    return Step(written.removeprefix("^"), forward=not written.startswith("^"))


def _key(said: _Key) -> Key:
    return Key(
        asks=said.asks,
        never=tuple(said.never),
        contradicts=tuple(said.contradicts),
        bounds=(float(said.bounds[0]), float(said.bounds[1])) if said.bounds else None,
        values={value: _listed(words) for value, words in said.values.items()},
        measures=tuple(Measure(_listed(each.words), float(each.times)) for each in said.measures),
        lasting=_listed(said.lasting),
        types=tuple(said.types),
        alone=tuple(said.alone),
        before=_listed(said.before),
        after=_listed(said.after),
        label=said.label,
    )


def _listed(words: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the words of all languages, the longest first."""
    return tuple(sorted((word.casefold() for each in words.values() for word in each), key=len, reverse=True))
