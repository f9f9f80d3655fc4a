"""Safety rules over facts, as a pack declares them: what fires, how bad it is, what to say.

A rule looks for facts of one relation: on one subject (`fact`), or joining two (`pair`). It may ask
for certain objects, and for something known of the person (`context`). Severity is one level, or is
read off the object's standard name or a qualifier.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kg.errors import PackInvalid
from kg.model import Scalar
from kg.schema import Schema

__all__ = ["KINDS", "SEVERITIES", "Rule", "parse_rules", "rule_faults"]

KINDS: Final = ("interaction", "contraindication", "dose", "toxicity", "regulatory")
SEVERITIES: Final = ("info", "minor", "moderate", "major", "contraindicated")

_KEYS: Final = frozenset(
    {"id", "kind", "title", "when", "expand", "severity", "severity_basis", "message", "management", "mechanism"}
)
_BASES: Final = ("proposal", "source")


@dataclass(frozen=True, slots=True)
class Rule:
    """One declared rule. Texts are by language; `message` has placeholders for subjects, object and qualifiers.

    Attributes:
        relation: the relation whose facts make it fire.
        is_pair: it fires on a fact between two subjects, not on a fact of one.
        objects: standard names (reference language) that the fact's object must have; any if empty.
        context: what must be known of the person.
        expand: relations along which a subject stands for its targets.
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
    context: Mapping[str, Scalar] = field(default_factory=dict)
    expand: tuple[str, ...] = ()
    management: Mapping[str, str] = field(default_factory=dict)
    mechanism: Mapping[str, str] = field(default_factory=dict)
    is_proposal: bool = True

    def level(self, object_name: str, qualifiers: Mapping[str, Scalar]) -> str:
        """Return the severity for a fact with this object and these qualifiers; the mildest mapped one if none fits."""
        if not self.severity_by:
            return self.severity
        key = object_name if self.severity_by == "object" else str(qualifiers.get(self.severity_by, ""))
        return self.severities.get(key) or min(self.severities.values(), key=SEVERITIES.index)


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
    """Return everything that is wrong with the rules of a pack."""
    faults: list[str] = []
    seen: set[str] = set()
    for number, record in enumerate(records, start=1):
        name = str(record.get("id", f"number {number}"))
        found = list(_faults_of(record, schema))
        if name in seen:
            found.append("another rule has this id")
        seen.add(name)
        faults += [f"rules.yaml: {name}: {fault}" for fault in found]
    return faults


def _faults_of(record: Mapping[str, Any], schema: Schema) -> Iterable[str]:
    if unknown := sorted(set(record) - _KEYS):
        yield f"unknown key {', '.join(unknown)}; a rule has {', '.join(sorted(_KEYS))}"
    if record.get("kind") not in KINDS:
        yield f"kind must be one of {', '.join(KINDS)}"
    if record.get("severity_basis", "proposal") not in _BASES:
        yield f"severity_basis must be one of {', '.join(_BASES)}"
    for key in ("title", "message"):
        if not isinstance(record.get(key), Mapping) or not record[key]:
            yield f"{key} must give a text for each language"
    when = record.get("when")
    if not isinstance(when, Mapping) or len({"pair", "fact"} & set(when)) != 1:
        yield "when must name one relation, as `pair` or as `fact`"
        return
    for relation in (when.get("pair") or when["fact"], *record.get("expand", ())):
        if relation not in schema.relations:
            yield f"{relation!r} is no relation of schema.yaml"
    severity = record.get("severity")
    levels = list(severity.get("values", {}).values()) if isinstance(severity, Mapping) else [severity]
    if not levels or any(level not in SEVERITIES for level in levels):
        yield f"severity must be one of {', '.join(SEVERITIES)}, or map values to them"


def _rule(record: Mapping[str, Any]) -> Rule:
    when, severity = record["when"], record["severity"]
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
        expand=tuple(record.get("expand", ())),
        management=record.get("management", {}),
        mechanism=record.get("mechanism", {}),
        is_proposal=record.get("severity_basis", "proposal") == "proposal",
    )
