"""What is wrong with the rules of a pack: every fault names the rule and the field."""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from kg.rules.rule import KINDS, SEVERITIES, RuleType
from kg.schema import Relation, Schema

__all__ = ["placeholders", "rule_faults"]

_KEYS: Final = frozenset(
    {
        "id", "kind", "title", "when", "expand", "through", "severity", "severity_basis", "settled", "unstated",
        "recorded", "most", "listed", "unsure", "prescribed", "message", "under", "unclear", "total", "twice",
        "documented", "management", "mechanism",
    }
)  # fmt: skip
_TYPES: Final = tuple(each.value for each in RuleType)
_CONDITIONS: Final = frozenset(
    {*_TYPES, "objects", "context", "with", "up", "also", "lacks", "parts", "exception", "met", "stated", "unless"}
)
_BASES: Final = ("proposal", "source")
_BOUNDS: Final = frozenset({"from", "below"})
_STAND_INS: Final = ("name", "through")
_TEXTS: Final = ("title", "message", "management", "mechanism", "under", "unclear", "total", "twice", "documented")
_AMOUNTS: Final = ("given", "limit", "ratio", "range", "reason", "through")
_ENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "pair": ("first", "second", "through", "source"),
    "fact": ("subject", "object", "source"),
    "amount": ("subject", "object", *_AMOUNTS),
    "handling": ("subject", "object", "given"),
    "shared": ("first", "second", "shared"),
    "named": ("subject", "object"),
}


def placeholders(when: Mapping[str, Any], schema: Schema) -> tuple[str, ...]:
    """Return what the texts of a rule may name in braces."""
    kind = next((each for each in _TYPES if each in when), "")
    relation = schema.relations.get(when.get(kind, "")) if kind and isinstance(when.get(kind), str) else None
    return (*_ENDS.get(kind, ()), *(relation.qualifiers if relation else ()))


def rule_faults(records: Iterable[Mapping[str, Any]], schema: Schema) -> list[str]:
    """Return everything that is wrong with the rules of a pack; nothing in `records` makes it fail."""
    faults: list[str] = []
    seen: set[str] = set()
    for number, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            faults.append(f"rules.yaml: number {number}: a rule is a mapping of keys to values")
            continue
        name = str(record.get("id", f"number {number}"))
        found = list(_faults_of(record, schema))
        if name in seen:
            found.append("another rule has this id")
        seen.add(name)
        faults += [f"rules.yaml: {name}: {fault}" for fault in found]
    return faults


def _faults_of(record: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    if unknown := sorted(map(str, set(record) - _KEYS)):
        yield f"unknown key {', '.join(unknown)}; a rule has {', '.join(sorted(_KEYS))}"
    if not isinstance(record.get("id"), str):
        yield "id must be a text that no other rule has"
    if record.get("kind") not in KINDS:
        yield f"kind must be one of {', '.join(KINDS)}"
    if record.get("severity_basis", "proposal") not in _BASES:
        yield f"severity_basis must be one of {', '.join(_BASES)}"
    yield from _expand_faults(record.get("expand", []), schema)
    yield from _option_faults(record)
    when = record.get("when")
    if not isinstance(when, Mapping) or len(set(_TYPES) & set(when)) != 1:
        yield f"when must name one relation, as `pair` or as `fact` (or as one of {', '.join(_TYPES[2:])})"
        return
    yield from _condition_faults(when, schema)
    name = when.get("named", next(when[each] for each in _TYPES if each in when))
    relation = schema.relations.get(name) if isinstance(name, str) else None
    if "named" in when:
        yield from _named_faults(name, record.get("severity"))
    elif relation is None:
        yield f"{name!r} is no relation of schema.yaml"
        return
    else:
        yield from _severity_faults(record.get("severity"), when, relation, schema)
    if "amount" in when:
        yield from _amount_faults(record, relation)
    for key in _TEXTS:
        yield from _text_faults(key, record.get(key, {}), placeholders(when, schema))


def _named_faults(name: object, severity: object) -> Iterator[str]:
    if not isinstance(name, str) or not name:
        yield "named gives the key of the context under which the person names things"
    if severity not in SEVERITIES:
        yield f"severity must be one of {', '.join(SEVERITIES)}"


def _option_faults(record: Mapping[str, Any]) -> Iterator[str]:
    for key in ("settled", "unstated", "recorded"):
        if record.get(key, "none") not in {*SEVERITIES, "none"}:
            yield f"{key} must be none or one of {', '.join(SEVERITIES)}"
    most = record.get("most", 0)
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        yield "most is a number of findings"
    for key in ("listed", "unsure", "prescribed"):
        if not isinstance(record.get(key, False), bool):
            yield f"{key} is true or false"
    through = record.get("through", {})
    if not isinstance(through, Mapping) or any(level not in SEVERITIES for level in through.values()):
        yield f"through must map relations of expand to one of {', '.join(SEVERITIES)}"
    elif surplus := sorted(map(str, set(through) - _names(record.get("expand", [])))):
        yield f"through names {', '.join(surplus)}, which expand does not"


def _names(expand: object) -> set[str]:
    return set(expand) if isinstance(expand, Mapping) or _are_texts(expand) else set()


def _amount_faults(record: Mapping[str, Any], relation: Relation | None) -> Iterator[str]:
    if relation is not None and not relation.quantity:
        yield f"{relation.id} states no amounts; name a relation with `quantity: true`"
    severity = record.get("severity")
    wanted = ["unclear", *(("under",) if isinstance(severity, Mapping) and severity.get("under") else ())]
    yield from (f"{key} must give a text for each language" for key in wanted if not record.get(key))


def _expand_faults(expand: object, schema: Schema) -> Iterator[str]:
    """Report what is neither a list of relations nor a mapping of relations to how stand-ins are said."""
    names = list(expand) if isinstance(expand, Mapping) else expand
    if not _are_texts(names):
        yield "expand must list relations, or map them to a text for each language"
        return
    for name in names:
        if name not in schema.relations:
            yield f"{name!r} is no relation of schema.yaml"
        if isinstance(expand, Mapping):
            yield from _text_faults(f"expand: {name}", expand[name], _STAND_INS)


def _condition_faults(when: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    if unknown := sorted(map(str, set(when) - _CONDITIONS)):
        yield f"unknown key {', '.join(unknown)} in when; it has {', '.join(sorted(_CONDITIONS))}"
    if not _are_texts(when.get("objects", [])):
        yield "objects must list standard names"
    elif "pair" in when and when.get("objects"):
        yield "objects narrow a `fact`, never a `pair`; leave them out"
    if "with" in when and (not {"pair", "shared"} & set(when) or not isinstance(when["with"], str) or not when["with"]):
        yield "with names the key of the context that holds the other end of a `pair`; leave it out elsewhere"
    yield from _further_faults(when, schema)
    context = when.get("context", {})
    if not isinstance(context, Mapping) or not all(_is_wanted(each) for each in context.values()):
        yield "context must map keys to the values that they must have, or to the bounds `from` and `below`"


def _further_faults(when: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    up = when.get("up", [])
    for name in [up] if isinstance(up, str) else up if isinstance(up, list) else [None]:
        if not isinstance(name, str) or name not in schema.relations:
            yield f"up: {name!r} is no relation of schema.yaml; write one or a list"
    for key in ("parts", "exception"):
        if key in when and (not isinstance(when[key], str) or when[key] not in schema.relations):
            yield f"{key}: {when[key]!r} is no relation of schema.yaml"
    if not _are_texts(when.get("met", [])):
        yield "met must list standard names"
    for key in ("also", "lacks"):
        also = when.get(key, {})
        if not isinstance(also, Mapping) or not all(_are_texts(each) for each in also.values()):
            yield f"{key} must map relations to lists of standard names"
        else:
            yield from (
                f"{key}: {name!r} is no relation of schema.yaml" for name in also if name not in schema.relations
            )
    for key in ("stated", "unless"):
        if not _are_texts(when.get(key, [])):
            yield f"{key} must list forms of safety.yaml"


def _severity_faults(severity: object, when: Mapping[str, Any], relation: Relation, schema: Schema) -> Iterator[str]:
    """Report levels that do not exist, and values that facts can have and no level is given for."""
    if "amount" in when:
        yield from _band_faults(severity)
        return
    graded = severity.get("values") if isinstance(severity, Mapping) else None
    levels = list(graded.values()) if isinstance(graded, Mapping) else [severity]
    if not levels or any(level not in SEVERITIES for level in levels):
        yield f"severity must be one of {', '.join(SEVERITIES)}, or map values to them"
        return
    if not isinstance(severity, Mapping) or not isinstance(graded, Mapping):
        return
    by = severity.get("by")
    by_value = _values_of(when, relation, schema)
    if by not in by_value:
        yield f"severity must go by one of {', '.join(by_value)}" if by_value else "severity must be one level here"
        return
    expected = by_value[by]
    if expected and (missing := sorted(expected - set(graded))):
        yield f"severity has no level for {', '.join(missing)}"
    if expected and (surplus := sorted(map(str, set(graded) - expected))):
        yield f"severity grades {', '.join(surplus)}, which never occurs"


def _values_of(when: Mapping[str, Any], relation: Relation, schema: Schema) -> dict[Any, set[str]]:
    """Return what a severity may go by, each with the values that need a level; none if any value may occur."""
    found: dict[Any, set[str]] = {}
    if "fact" in when or "handling" in when:
        objects = when.get("objects", [])
        found["object"] = set(objects) if _are_texts(objects) else set()
    if "shared" in when:
        found["type"] = set(relation.objects)
    return found | {name: set(schema.qualifiers[name].values) for name in relation.qualifiers}


def _band_faults(severity: object) -> Iterator[str]:
    if not isinstance(severity, Mapping) or not severity or not all(map(_are_bands, severity.values())):
        yield f"severity must map over and under to ratios, and those to one of {', '.join(SEVERITIES)}"
    elif set(severity) - {"over", "under"}:
        yield "severity of an amount has over and under, nothing else"


def _are_bands(bands: object) -> bool:
    return isinstance(bands, Mapping) and all(
        _is_ratio(ratio) and level in SEVERITIES for ratio, level in bands.items()
    )


def _is_ratio(value: object) -> bool:
    """Say whether a key is a number above 0; the keys of a pack's files come as texts."""
    if isinstance(value, str):
        return value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit() and float(value) > 0
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _text_faults(key: str, texts: object, known: Iterable[str]) -> Iterator[str]:
    """Report what is no text by language, and placeholders that nothing fills or that reach into values."""
    if not isinstance(texts, Mapping) or not all(isinstance(said, str) and said for said in texts.values()):
        yield f"{key} must give a text for each language"
        return
    if not texts and key in {"title", "message"}:
        yield f"{key} must give a text for each language"
    for language, said in texts.items():
        try:
            fields = list(string.Formatter().parse(said))
        except ValueError as error:
            yield f"{key} ({language}): its braces do not match: {error}"
            continue
        for _, name, form, conversion in fields:
            if name is not None and (name not in known or form or conversion):
                there = ", ".join(f"{{{each}}}" for each in known)
                yield f"{key} ({language}): unknown placeholder {{{name}}}; there are {there}"


def _is_wanted(value: object) -> bool:
    if isinstance(value, Mapping):
        numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in value.values())
        return bool(value) and set(value) <= _BOUNDS and numbers
    return isinstance(value, str | int | float)


def _are_texts(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
