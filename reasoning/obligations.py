"""The omission check: what an answer owes its reader, given what it is about and who asks.

A pack's `obligations.yaml` says, for answers about certain relations, which of its safety rules must be heard on the
things that the answer names, not only on those that the question names:

```yaml
obligations:
  - id: toxic-when-used
    relations: [TREATS]     # the answer walks or checks one of these
    types: [Herb]           # the things in it that owe something
    rules: [toxicity-grade] # rules of rules.yaml that are applied to them
    assume: {pregnant: true}        # held true of the person unless the caller says otherwise
    unless: {sex: male}             # not owed where this is known of the person
    at_most: 3              # owed only where the answer is about so few things; 0 for any number
```
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kg.errors import PackInvalid
from kg.model import Entity, Fact
from kg.pack.content import Pack
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import Finding
from reasoning.safety import Setting, check_mentions

__all__ = ["Obligation", "obligation_faults", "owed", "parse_obligations"]

_KEYS: Final = frozenset({"id", "relations", "types", "rules", "assume", "unless", "at_most"})
_MOST: Final = 40  # things looked at; of a longer list the text names the first ones only


@dataclass(frozen=True, slots=True)
class Obligation:
    """One obligation; see the module's docstring."""

    id: str
    relations: frozenset[str]
    types: frozenset[str]
    rules: frozenset[str]
    assume: Mapping[str, Any] = field(default_factory=dict)
    unless: Mapping[str, Any] = field(default_factory=dict)
    at_most: int = 0

    def is_owed(self, relations: Collection[str], number: int, context: Mapping[str, Any]) -> bool:
        """Say whether an answer about these relations and so many things owes it to this person."""
        known = any(context.get(key) == value for key, value in self.unless.items())
        denied = any(key in context and context[key] != value for key, value in self.assume.items())
        few = not self.at_most or number <= self.at_most
        return bool(self.relations & set(relations)) and bool(number) and few and not known and not denied


async def owed(  # noqa: PLR0913, PLR0917  the answer, the person, and where to look
    obligations: Iterable[Obligation],
    relations: Collection[str],
    entities: Iterable[Entity],
    context: Mapping[str, Any],
    setting: Setting,
    snapshot: Snapshot,
    language: str,
) -> tuple[tuple[Finding, ...], tuple[Fact, ...]]:
    """Return what a right answer has to mention besides, worst first, and the facts that it rests on.

    Args:
        obligations: of the pack.
        relations: that the answer walks or checks.
        entities: that the answer is about, in its order.
        context: what is known of the person.
        setting: of the safety rules.
        snapshot: where to read; a few queries for each obligation that holds, none if none does.
        language: of the messages.

    Raises:
        GraphUnavailable: the store does not answer.
    """
    held = list(entities)
    findings: dict[tuple[str, tuple[str, ...], str], Finding] = {}
    rested: dict[str, Fact] = {}
    for obligation in obligations:
        ids = [entity.id for entity in held if entity.type in obligation.types][:_MOST]
        if not obligation.is_owed(relations, len(ids), context):
            continue
        person = {**obligation.assume, **context}
        found, facts = await check_mentions(ids, person, setting, snapshot, language=language, rules=obligation.rules)
        for finding in found:
            findings.setdefault((finding.rule, finding.subjects, finding.message), finding)
        rested |= {fact.id: fact for fact in facts}
    return tuple(findings.values()), tuple(rested.values())


def parse_obligations(raw: Mapping[str, Any], schema: Schema, rules: Collection[str]) -> tuple[Obligation, ...]:
    """Return the obligations of a pack; none for an empty file.

    Raises:
        PackInvalid: naming every obligation that does not fit, as `obligations.yaml: ID: fault`.
    """
    if faults := list(_faults(raw, schema, rules)):
        raise PackInvalid(faults)
    return tuple(
        Obligation(
            record["id"],
            frozenset(record["relations"]),
            frozenset(record["types"]),
            frozenset(record["rules"]),
            record.get("assume") or {},
            record.get("unless") or {},
            record.get("at_most", 0),
        )
        for record in raw.get("obligations") or ()
    )


def obligation_faults(pack: Pack) -> tuple[str, ...]:
    """Return what is wrong with a pack's obligations, for `kg.pack.check`."""
    return tuple(_faults(pack.obligations, pack.schema, [str(rule.get("id")) for rule in pack.rules], pack.context))


def _faults(
    raw: Mapping[str, Any], schema: Schema, rules: Collection[str], context: Collection[str] | None = None
) -> Iterator[str]:
    if unknown := sorted(map(str, set(raw) - {"obligations"})):
        yield f"obligations.yaml: unknown key {', '.join(unknown)}; the one key is obligations"
    seen: set[str] = set()
    listed = raw.get("obligations") or ()
    for number, record in enumerate(listed if isinstance(listed, list) else (), start=1):
        name = str(record.get("id", f"number {number}")) if isinstance(record, Mapping) else f"number {number}"
        for fault in _faults_of(record, schema, rules, context):
            yield f"obligations.yaml: {name}: {fault}"
        if name in seen:
            yield f"obligations.yaml: {name}: another obligation has this id"
        seen.add(name)


def _faults_of(
    record: object, schema: Schema, rules: Collection[str], context: Collection[str] | None
) -> Iterator[str]:
    if not isinstance(record, Mapping) or not isinstance(record.get("id"), str):
        yield "an obligation is a mapping with an id"
        return
    if unknown := sorted(map(str, set(record) - _KEYS)):
        yield f"unknown key {', '.join(unknown)}; an obligation has {', '.join(sorted(_KEYS))}"
    for key, known in (("relations", schema.relations), ("types", schema.types), ("rules", rules)):
        names = record.get(key)
        if not isinstance(names, list) or not names:
            yield f"{key} must list names"
        elif missing := sorted(str(name) for name in names if name not in known):
            yield f"{key}: {', '.join(missing)} is not declared in this pack"
    for key in ("assume", "unless"):
        held = record.get(key) or {}
        if not isinstance(held, Mapping):
            yield f"{key} must map keys of the context to values"
        elif context is not None and (missing := sorted(str(name) for name in held if name not in context)):
            yield f"{key}: {', '.join(missing)} is no key of the context in pack.toml"
    number = record.get("at_most", 0)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        yield "at_most must be a whole number; leave it out for any"
