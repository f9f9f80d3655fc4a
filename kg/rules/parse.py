"""From the records of `rules.yaml` to rules."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kg.errors import PackInvalid
from kg.rules.checks import rule_faults
from kg.rules.rule import Band, Rule, RuleType
from kg.schema import Schema

__all__ = ["parse_rules"]


def parse_rules(records: Iterable[Mapping[str, Any]], schema: Schema) -> tuple[Rule, ...]:
    """Return a pack's rules in their order.

    Raises:
        PackInvalid: naming every rule that does not fit, as `rules.yaml: RULE: fault`.
    """
    held = list(records)
    if faults := rule_faults(held, schema):
        raise PackInvalid(faults)
    return tuple(_rule(record) for record in held)


def _rule(record: Mapping[str, Any]) -> Rule:
    when, severity, expand = record["when"], record.get("severity", "info"), record.get("expand", ())
    by_value = isinstance(severity, Mapping) and "by" in severity
    kind = next(each for each in RuleType if each.value in when)
    is_named = kind is RuleType.NAMED
    return Rule(
        id=record["id"],
        kind=record["kind"],
        relation="" if is_named else when[kind.value],
        type=kind,
        title=record["title"],
        message=record["message"],
        severity=severity if isinstance(severity, str) else "info",
        severity_by=severity["by"] if by_value else "",
        severities=severity["values"] if by_value else {},
        bands=tuple(_bands(severity)) if isinstance(severity, Mapping) and not by_value else (),
        objects=tuple(when.get("objects", ())),
        context=when.get("context", {}),
        with_key=when["named"] if is_named else when.get("with", ""),
        up=_listed(when.get("up", [])),
        also={relation: tuple(objects) for relation, objects in when.get("also", {}).items()},
        lacks={relation: tuple(objects) for relation, objects in when.get("lacks", {}).items()},
        parts=when.get("parts", ""),
        exception=when.get("exception", ""),
        met=tuple(when.get("met", ())),
        stated=tuple(when.get("stated", ())),
        unless=tuple(when.get("unless", ())),
        expand=tuple(expand),
        wordings={name: said for name, said in expand.items() if said} if isinstance(expand, Mapping) else {},
        through=record.get("through", {}),
        settled=record.get("settled", ""),
        unstated=record.get("unstated", ""),
        recorded=record.get("recorded", ""),
        most=record.get("most", 0),
        is_listed=record.get("listed", False),
        is_unsure=record.get("unsure", False),
        is_prescribed=record.get("prescribed", False),
        management=record.get("management", {}),
        mechanism=record.get("mechanism", {}),
        under=record.get("under", {}),
        unclear=record.get("unclear", {}),
        total=record.get("total", {}),
        twice=record.get("twice", {}),
        documented=record.get("documented", {}),
        is_proposal=record.get("severity_basis", "proposal") == "proposal",
    )


def _listed(said: str | list[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def _bands(severity: Mapping[str, Any]) -> Iterator[Band]:
    for side in ("over", "under"):
        for ratio, level in severity.get(side, {}).items():
            yield Band(float(ratio), level, is_under=side == "under")
