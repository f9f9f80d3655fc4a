"""What a pack's own lists make the safety rules say, worked out from rules and facts without the engine.

Every current fact that a rule looks for is one thing to be found: by id, under every name of its ends, through
whatever stands for them (what contains them, what is prepared from them, what is a kind of them).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from kg.model import Entity, Fact, NameKind, Status
from kg.rules import Form, Policy, Rule, RuleType
from reasoning.domain import Domain
from reasoning.safety import Subject

__all__ = ["Expected", "Lists", "expected"]

_ABOVE: Final = 1.1  # times a limit


@dataclass(frozen=True, slots=True)
class Expected:
    """One request and what has to be found in it.

    Attributes:
        rule: the rule that looks for it.
        how: how the ends are said: `id`, `name`, `context`, `through`.
        subjects: of the request.
        context: of the request.
        facts: any of these has to be among the facts of a finding; empty to ask for a finding of the rule.
        rules: rules any of which may have found it.
        level: the finding is at least as severe; empty not to look.
    """

    rule: str
    how: str
    subjects: tuple[Subject, ...]
    context: Mapping[str, Any] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    level: str = ""


class Lists:
    """A domain's current facts, by relation and end, with the names of its entities."""

    def __init__(self, domain: Domain) -> None:
        """Sort the facts; `dosed` are the types of things whose amounts are recorded."""
        self.domain, self.policy, self.rules = domain, domain.safety.policy, domain.safety.rules
        self.entities: Mapping[str, Entity] = {entity.id: entity for entity in domain.pack.graph.entities}
        self.by_relation: dict[str, list[Fact]] = defaultdict(list)
        self.leaving: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        self.reaching: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in domain.pack.graph.facts:
            if fact.status in {Status.ASSERTED, Status.DISPUTED}:
                self.by_relation[fact.predicate].append(fact)
                self.leaving[fact.subject, fact.predicate].append(fact)
                self.reaching[fact.object, fact.predicate].append(fact)
        self.derived: dict[str, set[str]] = defaultdict(set)
        for fact in domain.pack.graph.facts:
            for base in fact.derived_from:
                self.derived[base].add(fact.id)
        amounts = [rule.relation for rule in self.rules if rule.type is RuleType.AMOUNT]
        self.dosed = {self.entities[fact.subject].type for each in amounts for fact in self.by_relation[each]}

    def name(self, identity: str) -> str:
        """Return the name that rules use for an entity."""
        return self.entities[identity].label(self.domain.pack.reference_language)

    def names(self, identity: str) -> list[str]:
        """Return every name of an entity that names it alone."""
        return [name.text for name in self.entities[identity].names if name.kind is not NameKind.COLLECTIVE]

    def spoken(self, identity: str) -> list[Subject]:
        """Return a thing by each name that is no standard name and names nothing else."""
        own = self.entities[identity]
        return [Subject(n.text) for n in own.names if n.kind not in {NameKind.STANDARD, NameKind.COLLECTIVE}]

    def is_usable(self, identity: str) -> bool:
        """Say whether a thing may be used; of a pack that does not say, anything may."""
        return not self.policy.coverage or self.entities[identity].type in self.policy.coverage

    def has(self, identity: str, wanted: Mapping[str, Sequence[str]]) -> bool:
        """Say whether an entity has, of each relation, one of the objects named."""
        return all(
            any(self.name(fact.object) in names for fact in self.leaving[identity, relation])
            for relation, names in wanted.items()
        )

    def wanted(self, rule: Rule) -> list[Fact]:
        """Return the facts that a rule looks for."""
        return [
            fact
            for fact in self.by_relation[rule.relation]
            if (not rule.objects or self.name(fact.object) in rule.objects)
            and (not rule.also or self.has(fact.subject, rule.also))
            and not any(self.has(fact.subject, {relation: names}) for relation, names in rule.lacks.items())
        ]

    def stand_ins(self, identity: str, rule: Rule) -> Iterator[Fact]:
        """Yield the links by which other things stand for an entity in a rule."""
        for relation in dict.fromkeys(rule.expand):
            yield from (link for link in self.reaching[identity, relation] if self.is_usable(link.subject))


def expected(lists: Lists) -> Iterator[Expected]:
    """Yield everything that the rules of a domain have to find in its own lists."""
    for rule in lists.rules:
        match rule.type:
            case RuleType.FACT:
                yield from _of_facts(rule, lists)
            case RuleType.PAIR:
                yield from _of_pairs(rule, lists)
            case RuleType.HANDLING:
                yield from _of_handlings(rule, lists)
            case RuleType.SHARED:
                yield from _of_shared(rule, lists)
            case RuleType.NAMED:
                yield from _of_named(rule, lists)
            case RuleType.AMOUNT:
                pass
    limits = [rule for rule in lists.rules if rule.type is RuleType.AMOUNT]
    for relation in dict.fromkeys(rule.relation for rule in limits):
        yield from _of_amounts([rule for rule in limits if rule.relation == relation], lists)


def _of_facts(rule: Rule, lists: Lists) -> Iterator[Expected]:
    context, said = _met(rule), _said(rule.stated, lists.policy)
    alike = _alike(rule, lists)
    for fact in lists.wanted(rule):
        if not lists.is_usable(fact.subject):
            continue
        found = frozenset({fact.id})
        level = rule.level(lists.name(fact.object), fact.qualifiers)
        direct = Subject(entity=fact.subject, preparation=said)
        yield Expected(rule.id, "id", (direct,), context, found, alike, level)
        for name in lists.names(fact.subject):
            yield Expected(rule.id, "name", (Subject(name, preparation=said),), context, found, alike)
        for link in lists.stand_ins(fact.subject, rule) if not rule.stated else ():
            for whole in lists.spoken(link.subject) if rule.is_unsure else (Subject(entity=link.subject),):
                # Of a rule that says so many things at most, which of them it says is its own choice.
                yield Expected(rule.id, "through", (whole,), context, frozenset() if rule.most else found, alike)


def _of_pairs(rule: Rule, lists: Lists) -> Iterator[Expected]:
    alike = _alike(rule, lists)
    for fact in lists.wanted(rule):
        one, other = fact.subject, fact.object
        found = frozenset({fact.id, *lists.derived[fact.id]})
        level = rule.level("", fact.qualifiers)
        if lists.is_usable(one):
            first = Subject(entity=one)
            for context in _named(rule, other, lists):
                yield Expected(rule.id, "context", (first,), context, found, alike)
            if lists.is_usable(other):
                second = Subject(entity=other)
                yield Expected(rule.id, "id", (first, second), {}, found, alike, level)
                for name in lists.names(one):
                    yield Expected(rule.id, "name", (Subject(name), second), {}, found, alike)
                for name in lists.names(other):
                    yield Expected(rule.id, "name", (first, Subject(name)), {}, found, alike)
        yield from _through(rule, fact, lists, alike)


def _through(rule: Rule, fact: Fact, lists: Lists, alike: frozenset[str]) -> Iterator[Expected]:
    """Yield what has to be found where other things stand for one end of a pair, or one thing for both."""
    ends = (fact.subject, fact.object)
    for inside, outside in (ends, ends[::-1]):
        for link in lists.stand_ins(inside, rule):
            own = {f.id for f in lists.by_relation[rule.relation] if {f.subject, f.object} == {link.subject, outside}}
            found = frozenset({fact.id, *own, *lists.derived[fact.id]})
            whole = Subject(entity=link.subject)
            if link.subject == outside:
                continue
            if lists.is_usable(outside):
                yield Expected(rule.id, "through", (whole, Subject(entity=outside)), {}, found, alike)
            elif inside == fact.subject:
                for context in _named(rule, outside, lists)[:1]:
                    yield Expected(rule.id, "through", (whole,), context, found, alike)
            if any(each.object == outside for each in lists.leaving[link.subject, link.predicate]):
                yield Expected(rule.id, "through", (whole,), {}, found, alike)


def _named(rule: Rule, identity: str, lists: Lists) -> list[dict[str, Any]]:
    """Return contexts in which the person names an entity, or something that counts as it, under the rule's key."""
    key = lists.policy.context.get(rule.with_key)
    if not rule.with_key or (key and key.types and lists.entities[identity].type not in key.types):
        return []
    kinds = [link.subject for relation in rule.up for link in lists.reaching[identity, relation]]
    named = [*lists.names(identity), *(lists.name(kind) for kind in kinds)]
    # What a key of its own asks for is heard there, and another rule looks at it.
    spoken = {word for about in lists.policy.context.values() for word in about.values.get("true", ())}
    return [{rule.with_key: [name]} for name in named if name.casefold() not in spoken]


def _of_handlings(rule: Rule, lists: Lists) -> Iterator[Expected]:
    handlings = [
        n.casefold() for i, e in lists.entities.items() if e.type in lists.policy.handling for n in lists.names(i)
    ]
    words = lists.policy.forms.get(lists.policy.handled, Form(())).words
    said = next((word for word in words if not any(name in word.casefold() for name in handlings)), "")
    for fact in lists.wanted(rule):
        for subject in (Subject(entity=fact.subject), *map(Subject, lists.names(fact.subject))):
            how = "id" if subject.entity else "name"
            plain = Subject(subject.text, subject.entity, "", said)
            yield Expected(rule.id, how, (plain,), {}, frozenset({fact.id}), _alike(rule, lists))


def _of_shared(rule: Rule, lists: Lists) -> Iterator[Expected]:
    """Yield the part with each thing that has it, and neighbours among the things that have it."""
    relations = (rule.relation, *rule.expand)
    links: dict[str, list[Fact]] = defaultdict(list)
    for relation in dict.fromkeys(relations):
        for fact in lists.by_relation[relation]:
            if not rule.also or lists.has(fact.object, rule.also):
                links[fact.object].append(fact)
    alike = _alike(rule, lists)
    for held in links.values():
        for one, other in pairwise(dict.fromkeys(link.subject for link in held)):
            found = frozenset(link.id for link in held if link.subject in {one, other})
            yield Expected(rule.id, "through", (Subject(entity=one), Subject(entity=other)), {}, found, alike)


def _of_named(rule: Rule, lists: Lists) -> Iterator[Expected]:
    alike = frozenset({rule.id})
    for identity in lists.entities:
        if lists.is_usable(identity) and lists.entities[identity].type in lists.dosed:
            context = {rule.with_key: [lists.name(identity)]}
            yield Expected(rule.id, "context", (Subject(entity=identity),), context, frozenset(), alike)
            for link in lists.stand_ins(identity, rule):
                yield Expected(rule.id, "through", (Subject(entity=link.subject),), context, frozenset(), alike)


def _of_amounts(rules: Sequence[Rule], lists: Lists) -> Iterator[Expected]:
    """Yield an amount just above the greatest recorded one, for each form of which there are records."""
    alike = frozenset(rule.id for rule in rules)
    rows: dict[str, list[Fact]] = defaultdict(list)
    for fact in lists.by_relation[rules[0].relation]:
        is_daily = fact.qualifiers.get("basis") == lists.policy.daily
        if is_daily and isinstance(fact.qualifiers.get("high"), int | float) and lists.is_usable(fact.subject):
            rows[fact.subject].append(fact)
    for identity, held in rows.items():
        said = [("", held)]
        for form in lists.policy.forms.values():
            own = [fact for fact in held if lists.name(fact.object) in form.objects]
            said += [(form.words[0], own)] if own and form.words else []
        for words, own in said:
            most = max(own, key=lambda fact: float(fact.qualifiers["high"]))
            limit, unit = float(most.qualifiers["high"]) * _ABOVE, most.qualifiers.get("unit", "")
            over = Subject(entity=identity, dose=f"{limit:g}{unit}", preparation=words)
            yield Expected(rules[0].id, "id", (over,), {}, frozenset(), alike)
            named = Subject(lists.name(identity), dose=f"{limit * 10:g}{unit}", preparation=words)
            yield Expected(rules[0].id, "name", (named,), {}, frozenset(), alike)


def _alike(rule: Rule, lists: Lists) -> frozenset[str]:
    """Return the rules that look at the same relation or at one derived from it: any may say what the fact means."""
    relations = lists.domain.pack.schema.relations
    derived = {
        name
        for name, relation in relations.items()
        if relation.chain and rule.relation in {step.relation for step in relation.chain.steps}
    }
    return frozenset(each.id for each in lists.rules if each.relation in {rule.relation, *derived})


def _said(forms: Iterable[str], policy: Policy) -> str:
    """Return words that say one of some forms."""
    return next((words[0] for form in forms if (words := policy.forms.get(form, Form(())).words)), "")


def _met(rule: Rule) -> dict[str, Any]:
    """Return a context in which a rule applies."""
    found: dict[str, Any] = {}
    for key, wanted in rule.context.items():
        if isinstance(wanted, Mapping):
            low, below = wanted.get("from"), wanted.get("below")
            found[key] = float(low) if low is not None else float(below or 0) / 2
        else:
            found[key] = wanted
    return found
