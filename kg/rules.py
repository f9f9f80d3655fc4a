"""Safety rules over facts, as a pack declares them: what fires, how bad it is, what to say.

A rule looks for facts of one relation: on one subject (`fact`), or joining two (`pair`). It may ask
for certain objects, and for something known of the person (`context`). A pair may be joined `with`
what the person names under a key of the context. Severity is one level, or is read off the object's
standard name or a qualifier.
"""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeGuard

from kg.errors import PackInvalid
from kg.model import Scalar
from kg.schema import Relation, Schema

__all__ = ["KINDS", "SEVERITIES", "Rule", "parse_rules", "rule_faults"]

KINDS: Final = ("interaction", "contraindication", "dose", "toxicity", "regulatory")
SEVERITIES: Final = ("info", "minor", "moderate", "major", "contraindicated")

_KEYS: Final = frozenset(
    {"id", "kind", "title", "when", "expand", "severity", "severity_basis", "message", "management", "mechanism"}
)
_CONDITIONS: Final = frozenset({"pair", "fact", "objects", "context", "with"})
_BASES: Final = ("proposal", "source")
_BOUNDS: Final = frozenset({"from", "below"})
_STAND_INS: Final = ("name", "through")

_Wanted: TypeAlias = Scalar | Mapping[str, float]  # a value, or bounds: `from` (included) and `below` (excluded)


@dataclass(frozen=True, slots=True)
class Rule:
    """One declared rule. Texts are by language; `message` has placeholders for subjects, object and qualifiers.

    Attributes:
        relation: the relation whose facts make it fire.
        is_pair: it fires on a fact between two subjects, not on a fact of one.
        objects: standard names (reference language) that the fact's object must have; any if empty.
        context: what must be known of the person; a number may have bounds instead of one value.
        with_key: the key of the context under which the person names what may be the other end of a pair.
        expand: relations along which a subject stands for its targets.
        wordings: relation of `expand` → how to say, by language, that `name` came in through `through`.
        severity_by: empty for one level (`severity`), `object`, or a qualifier whose value `severities` maps.
        is_proposal: the level is the pack's own proposal, not its source's.
    """

    id: str
    kind: str
    relation: str
    is_pair: bool
    title: Mapping[str, str]
    message: Mapping[str, str]
    severity: str = "info"
    severity_by: str = ""
    severities: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    context: Mapping[str, _Wanted] = field(default_factory=dict)
    with_key: str = ""
    expand: tuple[str, ...] = ()
    wordings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    management: Mapping[str, str] = field(default_factory=dict)
    mechanism: Mapping[str, str] = field(default_factory=dict)
    is_proposal: bool = True

    def level(self, object_name: str, qualifiers: Mapping[str, Scalar]) -> str:
        """Return the severity for a fact with this object and these qualifiers; the worst mapped one if none fits."""
        if not self.severity_by:
            return self.severity
        key = object_name if self.severity_by == "object" else str(qualifiers.get(self.severity_by, ""))
        return self.severities.get(key) or max(self.severities.values(), key=SEVERITIES.index)

    def applies(self, context: Mapping[str, Any]) -> bool:
        """Say whether everything is known of the person that this rule asks for."""
        return all(_holds(context.get(key), wanted) for key, wanted in self.context.items())


def _holds(given: object, wanted: _Wanted) -> bool:
    if not isinstance(wanted, Mapping):
        return given == wanted
    if isinstance(given, bool) or not isinstance(given, int | float):
        return False
    return wanted.get("from", given) <= given and not ("below" in wanted and given >= wanted["below"])


def parse_rules(records: Iterable[Mapping[str, Any]], schema: Schema) -> tuple[Rule, ...]:
    """Return a pack's rules in their order.

    Raises:
        PackInvalid: naming every rule that does not fit, as `rules.yaml: RULE: fault`.
    """
    held = list(records)
    if faults := rule_faults(held, schema):
        raise PackInvalid(faults)
    return tuple(_rule(record) for record in held)


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
    when = record.get("when")
    if not isinstance(when, Mapping) or len({"pair", "fact"} & set(when)) != 1:
        yield "when must name one relation, as `pair` or as `fact`"
        return
    yield from _condition_faults(when)
    name = when.get("pair", when.get("fact"))
    relation = schema.relations.get(name) if isinstance(name, str) else None
    if relation is None:
        yield f"{name!r} is no relation of schema.yaml"
        return
    yield from _severity_faults(record.get("severity"), when, relation, schema)
    ends = ("first", "second") if "pair" in when else ("subject", "object")
    for key in ("title", "message", "management", "mechanism"):
        yield from _text_faults(key, record.get(key, {}), (*ends, *relation.qualifiers))


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


def _condition_faults(when: Mapping[str, Any]) -> Iterator[str]:
    if unknown := sorted(map(str, set(when) - _CONDITIONS)):
        yield f"unknown key {', '.join(unknown)} in when; it has {', '.join(sorted(_CONDITIONS))}"
    if not _are_texts(when.get("objects", [])):
        yield "objects must list standard names"
    elif "pair" in when and when.get("objects"):
        yield "objects narrow a `fact`, never a `pair`; leave them out"
    if "with" in when and ("pair" not in when or not isinstance(when["with"], str) or not when["with"]):
        yield "with names the key of the context that holds the other end of a `pair`; leave it out elsewhere"
    context = when.get("context", {})
    if not isinstance(context, Mapping) or not all(_is_wanted(each) for each in context.values()):
        yield "context must map keys to the values that they must have, or to the bounds `from` and `below`"


def _severity_faults(severity: object, when: Mapping[str, Any], relation: Relation, schema: Schema) -> Iterator[str]:
    """Report levels that do not exist, and values that facts can have and no level is given for."""
    graded = severity.get("values") if isinstance(severity, Mapping) else None
    levels = list(graded.values()) if isinstance(graded, Mapping) else [severity]
    if not levels or any(level not in SEVERITIES for level in levels):
        yield f"severity must be one of {', '.join(SEVERITIES)}, or map values to them"
        return
    if not isinstance(severity, Mapping) or not isinstance(graded, Mapping):
        return
    by = severity.get("by")
    if by == "object" and "fact" in when:
        objects = when.get("objects", [])
        expected = set(objects) if _are_texts(objects) else set()
    elif by in relation.qualifiers and by in schema.qualifiers:
        expected = set(schema.qualifiers[by].values)
    else:
        choices = ", ".join((*(("object",) if "fact" in when else ()), *relation.qualifiers))
        yield f"severity must go by one of {choices}" if choices else "severity must be one level here"
        return
    if expected and (missing := sorted(expected - set(graded))):
        yield f"severity has no level for {', '.join(missing)}"
    if expected and (surplus := sorted(map(str, set(graded) - expected))):
        yield f"severity grades {', '.join(surplus)}, which never occurs"


def _text_faults(key: str, texts: object, placeholders: Iterable[str]) -> Iterator[str]:
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
            if name is not None and (name not in placeholders or form or conversion):
                known = ", ".join(f"{{{each}}}" for each in placeholders)
                yield f"{key} ({language}): unknown placeholder {{{name}}}; there are {known}"


def _is_wanted(value: object) -> bool:
    if isinstance(value, Mapping):
        numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in value.values())
        return bool(value) and set(value) <= _BOUNDS and numbers
    return isinstance(value, str | int | float)


def _are_texts(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def _rule(record: Mapping[str, Any]) -> Rule:
    when, severity, expand = record["when"], record["severity"], record.get("expand", ())
    by_value = isinstance(severity, Mapping)
    return Rule(
        id=record["id"],
        kind=record["kind"],
        relation=when.get("pair") or when["fact"],
        is_pair="pair" in when,
        title=record["title"],
        message=record["message"],
        severity="info" if by_value else severity,
        severity_by=severity["by"] if by_value else "",
        severities=severity["values"] if by_value else {},
        objects=tuple(when.get("objects", ())),
        context=when.get("context", {}),
        with_key=when.get("with", ""),
        expand=tuple(expand),
        wordings={name: said for name, said in expand.items() if said} if isinstance(expand, Mapping) else {},
        management=record.get("management", {}),
        mechanism=record.get("mechanism", {}),
        is_proposal=record.get("severity_basis", "proposal") == "proposal",
    )
