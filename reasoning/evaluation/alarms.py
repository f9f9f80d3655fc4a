"""False alarms: what is said of recorded wholes at their recorded amounts, and of pairs that no fact joins."""

import csv
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.model import Fact
from kg.rules import SEVERITIES, Rule, RuleType
from reasoning.answer import Finding
from reasoning.evaluation.expected import Lists
from reasoning.safety import Subject

__all__ = ["Known", "Pair", "Recorded", "is_alarm", "is_known", "read_known", "recorded_wholes", "unjoined_pairs"]

_ALARMING: Final = SEVERITIES.index("minor")


@dataclass(frozen=True, slots=True)
class Known:
    """An alarm with its reason: what it is about, the parts (any, if empty) and the rules (any, if empty)."""

    whole: str
    parts: frozenset[str]
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A whole as it is recorded: itself, or its parts with their amounts and handlings."""

    whole: str
    how: str  # "whole" or "parts"
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things that no fact of a rule's relation joins, in whatever way the rule looks; `near` is like a member."""

    rule: str
    near: str
    other: str


def read_known(file: Path, rules: Sequence[Rule]) -> tuple[Known, ...]:
    """Return the alarms of a pack's `alarms.csv` (formula, alarm or rules, members, …); none if there is no file.

    `rules` lists ids of rules, parted by semicolons; where it names none, all rules are meant.
    """
    if not file.exists():
        return ()
    ids = {rule.id for rule in rules}
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return tuple(
        Known(
            row["formula"],
            frozenset(part.strip() for part in row["members"].replace(";", "、").split("、") if part.strip()),
            frozenset((row.get("rules") or row.get("alarm") or "").split(";")) & ids,
        )
        for row in rows
    )


def is_alarm(finding: Finding) -> bool:
    """Say whether a finding interrupts: anything above plain information."""
    return SEVERITIES.index(finding.severity.value) >= _ALARMING


def is_known(finding: Finding, whole: str, known: Sequence[Known], lists: Lists) -> bool:
    """Say whether everything that a finding is about has its reason written down."""
    own = [each for each in known if each.whole == lists.name(whole) and (not each.rules or finding.rule in each.rules)]
    parts = {lists.name(identity) for identity in finding.subjects if identity != whole}
    covered = frozenset[str]().union(*(each.parts for each in own))
    return bool(own) and (any(not each.parts for each in own) or parts <= covered)


def recorded_wholes(lists: Lists) -> Iterator[Recorded]:
    """Yield every whole whose parts have recorded amounts, itself and as the list of its parts."""
    amounts = [rule for rule in lists.rules if rule.type is RuleType.AMOUNT and rule.parts]
    handled = [rule for rule in lists.rules if rule.type is RuleType.HANDLING]
    for relation in dict.fromkeys(rule.parts for rule in amounts):
        rows: dict[str, list[Fact]] = defaultdict(list)
        for fact in lists.by_relation[relation]:
            rows[fact.subject].append(fact)
        for whole, held in rows.items():
            yield Recorded(whole, "whole", (Subject(entity=whole),))
            if all(fact.qualifiers.get("basis") == lists.policy.daily for fact in held):
                yield Recorded(whole, "parts", tuple(_part(fact, handled, lists) for fact in held))


def _part(fact: Fact, handled: Sequence[Rule], lists: Lists) -> Subject:
    low, high = (fact.qualifiers.get(end) for end in ("low", "high"))
    ends = [f"{end:g}" for end in (low, high) if isinstance(end, int | float)]
    dose = f"{'-'.join(dict.fromkeys(ends))}{fact.qualifiers.get('unit', '')}"
    relations = dict.fromkeys(rule.relation for rule in handled)
    met = {name for rule in handled for name in (*rule.met, *(rule.objects if not rule.stated else ()))}
    said = [lists.name(f.object) for relation in relations for f in lists.leaving[fact.object, relation]]
    return Subject(lists.name(fact.object), dose=dose, preparation="".join(each for each in said if each in met))


def unjoined_pairs(lists: Lists, chance: random.Random, most: int) -> list[Pair]:
    """Return pairs of a member of a pair rule's list and something of nearly the other member's name.

    Neither they nor anything that they stand for in the rule are joined by a fact of its relation.
    """
    found: dict[Pair, None] = {}
    namesakes = _namesakes(lists)
    for rule in lists.rules:
        if rule.type is not RuleType.PAIR:
            continue
        joined = {(f.subject, f.object) for f in lists.by_relation[rule.relation]}
        joined |= {pair[::-1] for pair in joined}
        for fact in lists.wanted(rule):
            if not (lists.is_usable(fact.subject) and lists.is_usable(fact.object)):
                continue
            for member, other in ((fact.subject, fact.object), (fact.object, fact.subject)):
                others = _reach(other, rule, lists)
                for near in sorted(namesakes.get(member, ())):
                    if near != other and not any((a, b) in joined for a in _reach(near, rule, lists) for b in others):
                        found[Pair(rule.id, near, other)] = None
    pairs = sorted(found, key=lambda pair: (pair.rule, pair.near, pair.other))
    return pairs if len(pairs) <= most else chance.sample(pairs, most)


def _reach(identity: str, rule: Rule, lists: Lists) -> set[str]:
    """Return what a thing stands for in a rule, itself among it."""
    found = {identity}
    for relation in (*rule.expand, *rule.up):
        for _ in range(3 if relation in rule.up else 1):
            found |= {link.object for each in found for link in lists.leaving[each, relation]}
    return found


def _namesakes(lists: Lists) -> Mapping[str, set[str]]:
    """Return for each thing those of its type whose standard name shares a character or a word with its own."""
    by_unit: dict[tuple[str, str], set[str]] = defaultdict(set)
    for identity, entity in lists.entities.items():
        if lists.is_usable(identity):
            name = lists.name(identity)
            for unit in name.split() if name.isascii() else name:
                by_unit[entity.type, unit].add(identity)
    found: dict[str, set[str]] = defaultdict(set)
    for held in by_unit.values():
        for identity in held:
            found[identity] |= held - {identity}
    return found
