"""What fires: facts of rules on what is asked about, between it, or between it and what the person names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.linking.fold import fold_key
from kg.model import Fact, NameKind
from kg.rules import SEVERITIES, Rule, worst
from reasoning.answer import Comparison
from reasoning.safety.case import Case
from reasoning.safety.held import Facts
from reasoning.safety.setting import Setting
from reasoning.safety.stated import Stated
from reasoning.safety.words import Reach, Words

__all__ = ["Bench", "End", "Fired", "fact_firings", "has_also", "has_any", "named_firings", "pair_firings"]


@dataclass(frozen=True, slots=True)
class End:
    """One thing that a finding concerns: the entity and the facts through which it came in."""

    entity: str
    links: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule on one or two things; `facts` say the same of them.

    Attributes:
        first: the one thing, or the subject's end of a pair.
        second: the other end of a pair; None for a rule on one thing.
        objects: what else the message names: the objects of the facts.
        level: the severity.
        key: what has to be equal for two firings to be told as one.
        said: words for placeholders that no fact fills.
        text: another text of the rule than its message.
        comparison: an amount against its limit.
    """

    rule: Rule
    facts: tuple[Fact, ...]
    first: End
    second: End | None
    objects: tuple[str, ...]
    level: str
    key: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    comparison: Comparison | None = None


@dataclass(slots=True)
class Bench:
    """What one check works on; what several rules walk is walked once."""

    setting: Setting
    case: Case
    facts: Facts
    say: Words
    walks: dict[tuple[str, ...], Reach] = field(default_factory=dict)

    def asked(self, rule: Rule) -> Reach:
        """Return the entities that a rule looks at: what is asked about, and what it stands for."""
        return self._reached(("", *rule.expand), self.case.ids, rule)

    def known(self, rule: Rule) -> Reach:
        """Return what the person names under the rule's key, what that counts as, and what it stands for."""
        key = (rule.with_key, *rule.up, "", *rule.expand)
        if key not in self.walks:
            broad: dict[str, tuple[Fact, ...]] = dict.fromkeys(self.case.given.get(rule.with_key, ()), ())
            frontier = list(broad)
            while rule.up and frontier:
                frontier = [new for relation in rule.up for new in self._step(broad, frontier, relation)]
            self.walks[key] = self._walk(broad, rule)
        return self.walks[key]

    def stated(self, identity: str) -> list[Stated]:
        """Return what is stated of an entity that was named itself."""
        return [item.stated for item in self.case.items if identity in item.ids]

    def _reached(self, key: tuple[str, ...], starts: Iterable[str], rule: Rule) -> Reach:
        if key not in self.walks:
            self.walks[key] = self._walk(dict.fromkeys(starts, ()), rule)
        return self.walks[key]

    def _walk(self, reach: dict[str, tuple[Fact, ...]], rule: Rule) -> Reach:
        for relation in rule.expand:
            self._step(reach, list(reach), relation)
        return reach

    def _step(self, reach: dict[str, tuple[Fact, ...]], frontier: Sequence[str], relation: str) -> Iterable[str]:
        new: dict[str, dict[str, Fact]] = {}
        for identity in frontier:
            for link in self.facts.from_(identity, relation):
                if link.object not in reach:
                    path = (*reach[identity], link)
                    new.setdefault(link.object, {}).update({each.id: each for each in path})
        reach.update({identity: tuple(path[each] for each in sorted(path)) for identity, path in new.items()})
        return new


def pair_firings(rule: Rule, bench: Bench) -> Iterator[Fired]:
    """Yield a firing for each two things that a fact of the rule joins; at least one is what was asked about."""
    asked, facts = bench.asked(rule), bench.facts
    reach = {**bench.known(rule), **asked}
    joined: dict[tuple[str, str], list[Fact]] = {}
    symmetric = bench.setting.schema.relations[rule.relation].symmetric
    for identity in asked:
        for fact in facts.at(identity, rule.relation):
            if fact.subject != fact.object and fact.subject in reach and fact.object in reach:
                ends = (fact.subject, fact.object)
                held = joined.setdefault((min(ends), max(ends)) if symmetric else ends, [])
                if fact not in held:
                    held.append(fact)
    variants = bench.setting.variants
    for found in joined.values():
        first, second = End(found[0].subject, reach[found[0].subject]), End(found[0].object, reach[found[0].object])
        if _is_said_of_form(first, second, joined, variants) or _is_said_of_form(second, first, joined, variants):
            continue
        level = worst(*(rule.level("", fact.qualifiers) for fact in found))
        yield Fired(rule, tuple(found), first, second, (found[0].object,), level)


def _is_said_of_form(one: End, other: End, joined: Mapping[tuple[str, str], object], variants: frozenset[str]) -> bool:
    """Say whether a thing came in only because a form of it was named, and the same is recorded of that form."""
    forms = {link.subject for link in one.links if link.predicate in variants and link.object == one.entity}
    others = {other.entity, *(link.subject for link in other.links if link.predicate in variants)}
    return any(pair in joined for form in forms for each in others for pair in ((form, each), (each, form)))


def fact_firings(rule: Rule, bench: Bench) -> Iterator[Fired]:
    """Yield a firing for each thing and object that facts of the rule join."""
    reach, say = bench.asked(rule), bench.say
    for identity, links in reach.items():
        if rule.is_unsure and links and not bench.case.is_mention and not _is_unsure(links, bench):
            continue
        by_object: dict[str, list[Fact]] = {}
        for fact in bench.facts.from_(identity, rule.relation):
            if not rule.objects or say.reference(fact.object) in rule.objects:
                by_object.setdefault(fact.object, []).append(fact)
        if not by_object or not _suits(rule, identity, bench) or (not links and has_any(rule.lacks, identity, bench)):
            continue
        for objects in _apart(rule, by_object, bench):
            found = [fact for obj in objects for fact in by_object[obj]]
            level = worst(*(rule.level(say.reference(fact.object), fact.qualifiers) for fact in found))
            yield Fired(rule, tuple(found), End(identity, links), None, objects, level, objects)


def _is_unsure(links: Iterable[Fact], bench: Bench) -> bool:
    """Say whether what something came in through was named by anything but a standard name."""
    names = {link.subject: bench.facts.entities.get(link.subject) for link in links}
    for item in bench.case.items:
        for identity in item.ids:
            entity = names.get(identity)
            if entity is None or not item.text or item.text == identity:
                continue
            standard = {fold_key(name.text) for name in entity.names if name.kind is NameKind.STANDARD}
            if not item.taken.is_sure or fold_key(item.text) not in standard:
                return True
    return False


def _apart(rule: Rule, by_object: Mapping[str, list[Fact]], bench: Bench) -> list[tuple[str, ...]]:
    """Return the objects that are told apart: of a relation with one value the worst stands for all."""
    if rule.is_listed:
        return [tuple(sorted(by_object))]
    if not bench.setting.schema.relations[rule.relation].functional:
        return [(obj,) for obj in by_object]
    levels = {obj: SEVERITIES.index(rule.level(bench.say.reference(obj), {})) for obj in by_object}
    return [tuple(sorted(by_object, key=lambda obj: (-levels[obj], obj)))]


def _suits(rule: Rule, identity: str, bench: Bench) -> bool:
    """Say whether a thing meets what the rule asks beside its fact: other facts, stated forms."""
    if not has_also(rule, identity, bench):
        return False
    if not rule.stated and not rule.unless:
        return True
    said = bench.stated(identity)
    if not said:
        return not rule.stated
    return any(
        (not rule.stated or each.forms & set(rule.stated)) and not each.forms & set(rule.unless) for each in said
    )


def has_any(wanted: Mapping[str, Sequence[str]], identity: str, bench: Bench) -> bool:
    """Say whether a thing has a fact of one of some relations with one of its objects."""
    return any(
        bench.say.reference(fact.object) in objects
        for relation, objects in wanted.items()
        for fact in bench.facts.from_(identity, relation)
    )


def has_also(rule: Rule, identity: str, bench: Bench) -> bool:
    """Say whether a thing has the other facts that a rule asks for."""
    return all(
        any(bench.say.reference(fact.object) in objects for fact in bench.facts.from_(identity, relation))
        for relation, objects in rule.also.items()
    )


def named_firings(rule: Rule, bench: Bench) -> Iterator[Fired]:
    """Yield a firing for each thing that is what the person names under the rule's key, or has it as a part."""
    given = bench.case.given.get(rule.with_key, frozenset())
    known = bench.known(rule) if rule.up else dict.fromkeys(given, ())
    for identity, links in bench.asked(rule).items():
        if identity in known:
            yield Fired(rule, (), End(identity, links), None, (identity,), rule.severity, (identity,))
