"""What is stated against what is recorded, beside amounts: how things are handled, and the same part in two of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from kg.model import Fact
from kg.rules import Rule, worst
from reasoning.safety.fire import Bench, End, Fired, has_also

__all__ = ["handling_firings", "shared_firings"]


def handling_firings(rule: Rule, bench: Bench) -> Iterator[Fired]:
    """Yield a firing for each thing whose recorded handling is not stated; one of several that meet it is enough."""
    say = bench.say
    for identity, links in bench.asked(rule).items():
        facts = [
            fact
            for fact in bench.facts.from_(identity, rule.relation)
            if not rule.objects or say.reference(fact.object) in rule.objects
        ]
        if not facts or not has_also(rule, identity, bench):
            continue
        level = _level(rule, identity, links, bench)
        if not level or (level == "unstated" and rule.unstated == "none"):
            continue
        graded = worst(*(rule.level(say.reference(fact.object), fact.qualifiers) for fact in facts))
        order = {name: number for number, name in enumerate(rule.objects)}
        facts.sort(key=lambda fact: (order.get(say.reference(fact.object), 0), fact.object))
        objects = tuple(dict.fromkeys(fact.object for fact in facts))
        said = {"object": say.listed(map(say.label, objects)), "given": _given(identity, bench)}
        if level == "unstated":
            graded = rule.unstated or graded
        yield Fired(rule, tuple(facts), End(identity, links), None, objects, graded, objects, said)


def _level(rule: Rule, identity: str, links: Iterable[Fact], bench: Bench) -> str:
    """Return `missing`, `unstated` where nothing is said of the thing, or nothing where all is well."""
    said = bench.stated(identity)
    if not said:
        return "" if links and all(_is_taken_otherwise(rule, link, bench) for link in links) else "unstated"
    found = ""
    meets = set(rule.met or rule.objects)
    for each in said:
        if each.forms & set(rule.unless):
            continue
        if {bench.say.reference(handling) for handling in each.handlings} & meets:
            continue
        if not (each.is_said or each.forms) or (rule.stated and not each.forms & set(rule.stated)):
            found = found or "unstated"
        else:
            found = "missing"
    return found


def _is_taken_otherwise(rule: Rule, link: Fact, bench: Bench) -> bool:
    """Say whether a whole is taken in a form in which nobody has to handle its parts: as stated, else as recorded."""
    policy = bench.setting.policy
    forms = {form for each in bench.stated(link.subject) for form in each.forms}
    if not forms:
        ways = {bench.say.reference(fact.object) for fact in bench.facts.from_(link.subject, policy.taken_as)}
        forms = {name for name, form in policy.forms.items() if ways & set(form.objects)} if policy.taken_as else set()
    return bool(forms & set(rule.unless)) and policy.handled not in forms


def _given(identity: str, bench: Bench) -> str:
    handlings = dict.fromkeys(h for each in bench.stated(identity) for h in sorted(each.handlings))
    return bench.say.listed(map(bench.say.label, handlings))


@dataclass(frozen=True, slots=True)
class _Holder:
    """One thing with what it consists of: thing itself or part, in its plain form → that part and the link to it."""

    entity: str
    number: int
    is_whole: bool
    is_sure: bool
    parts: dict[str, tuple[str, tuple[Fact, ...]]]


def shared_firings(rule: Rule, bench: Bench) -> Iterator[Fired]:
    """Yield a firing for each two things that have a part in common; forms of one thing count as the same part."""
    if bench.case.is_mention:
        return
    relations = (rule.relation, *rule.expand)
    items = [(number, item) for number, item in enumerate(bench.case.items) if item.ids]
    holders = [_holder(item.ids[0], number, relations, bench, is_sure=item.taken.is_sure) for number, item in items]
    own = {holder.entity for holder in holders}
    others = sorted(bench.case.given.get(rule.with_key, frozenset()) - own)
    holders += [_holder(identity, len(bench.case.items) + n, relations, bench) for n, identity in enumerate(others)]
    asked = len(bench.case.items)
    for one, other in combinations(holders, 2):
        is_twice = one.entity == other.entity
        if one.number >= asked or (not one.is_whole and not other.is_whole and not is_twice):
            continue
        if is_twice and (not rule.twice or not one.is_sure or not other.is_sure):
            continue
        first, second = (one, other) if one.is_whole or not other.is_whole else (other, one)
        common = [root for root in first.parts if root in second.parts]
        common = [root for root in common if _counts(rule, root, first, second, bench)]
        if common:
            yield _shared(rule, first, second, common, bench)


def _holder(identity: str, number: int, relations: tuple[str, ...], bench: Bench, *, is_sure: bool = True) -> _Holder:
    links = [link for relation in relations for link in bench.facts.from_(identity, relation)]
    parts: dict[str, tuple[str, tuple[Fact, ...]]] = {}
    for link in links:
        parts.setdefault(_plain(link.object, bench), (link.object, (link,)))
    return _Holder(identity, number, bool(links), is_sure, parts or {_plain(identity, bench): (identity, ())})


def _plain(identity: str, bench: Bench) -> str:
    """Return the thing of which something is a form; itself if it is none."""
    seen = {identity}
    while True:
        raw = [f.object for name in bench.setting.variants for f in bench.facts.from_(identity, name)]
        if not raw or raw[0] in seen:
            return identity
        identity = raw[0]
        seen.add(identity)


def _counts(rule: Rule, root: str, first: _Holder, second: _Holder, bench: Bench) -> bool:
    forms = {root, first.parts[root][0], second.parts[root][0]}
    return not rule.also or any(has_also(rule, form, bench) for form in forms)


def _shared(rule: Rule, first: _Holder, second: _Holder, common: list[str], bench: Bench) -> Fired:
    links = tuple(link for holder in (first, second) for root in common for link in holder.parts[root][1])
    level = worst(*(rule.level("", {}, bench.say.type(root)) for root in common))
    said = {"shared": bench.say.listed(bench.say.label(first.parts[root][0]) for root in common)}
    parts = tuple(first.parts[root][0] for root in common)
    text = rule.twice if first.entity == second.entity else {}
    return Fired(
        rule, links, End(first.entity), End(second.entity), parts, level, (first.entity, second.entity), said, text
    )
