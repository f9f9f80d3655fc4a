"""From what fired to findings: nothing twice, several pairs of one kind together, the worst first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kg.messages import text
from kg.model import Fact, Grade
from kg.rules import SEVERITIES
from reasoning.answer import Acknowledgement, CheckKind, Finding, Severity
from reasoning.safety.fire import Bench, End, Fired
from reasoning.safety.words import Words

__all__ = ["tell"]

_GRADES: Final = {grade: strength for strength, grade in enumerate(Grade)}


@dataclass(frozen=True, slots=True)
class _Told:
    """Some firings that are said in one sentence, with the acknowledgement that covers each of them."""

    firings: tuple[Fired, ...]
    acknowledgement: Acknowledgement | None
    hub: str = ""  # the thing that all pairs have in common


def tell(firings: Iterable[Fired], bench: Bench, acknowledgements: Sequence[Acknowledgement] = ()) -> list[Finding]:
    """Return one finding for each sentence that has to be said, worst first; none of them repeats another."""
    order = {rule.id: number for number, rule in enumerate(bench.setting.rules)}
    capped = [_capped(each) for each in firings]
    capped.sort(key=lambda each: (-SEVERITIES.index(each.level), order[each.rule.id], *_names(each)))
    groups: dict[tuple[object, ...], list[Fired]] = {}
    accepted: dict[tuple[object, ...], Acknowledgement | None] = {}
    for each in _unrepeated(capped):
        number, acknowledgement = _accepted(each, acknowledgements)
        key = (each.rule.id, each.level, number, *_signature(each, bench.say))
        groups.setdefault(key, []).append(each)
        accepted[key] = acknowledgement
    told = [one for key, held in groups.items() for one in _together(held, accepted[key], bench)]
    found = [_finding(each, bench) for each in told]
    found.sort(key=lambda f: (-list(Severity).index(f.severity), order[f.rule], f.subjects, f.message))
    limits = {rule.id: rule.most for rule in bench.setting.rules if rule.most}
    seen: Counter[str] = Counter()
    kept = []
    for finding in found:
        seen[finding.rule] += 1
        if finding.rule not in limits or seen[finding.rule] <= limits[finding.rule]:
            kept.append(finding)
    return kept


def _names(fired: Fired) -> tuple[str, str]:
    return fired.first.entity, fired.second.entity if fired.second else ""


def _capped(fired: Fired) -> Fired:
    """Return a firing no worse than its rule lets it be for how the thing came in."""
    caps = [level for link in fired.first.links if (level := fired.rule.through.get(link.predicate))]
    level = min((fired.level, *caps), key=SEVERITIES.index)
    return replace(fired, level=level)


def _unrepeated(firings: Sequence[Fired]) -> Iterator[Fired]:
    """Yield the firings without what another one of their kind says: the same facts, or facts derived from theirs."""
    bases = {(each.rule.kind, base) for each in firings for fact in each.facts for base in fact.derived_from}
    seen: set[tuple[str, str]] = set()
    for each in firings:
        left = tuple(fact for fact in each.facts if (each.rule.kind, fact.id) not in bases)
        said = {(each.rule.kind, fact.id) for fact in left}
        if not each.facts or not said <= seen:
            seen |= said
            yield replace(each, facts=left)


def _accepted(fired: Fired, acknowledgements: Sequence[Acknowledgement]) -> tuple[int, Acknowledgement | None]:
    concerned = set(_concerned(fired))
    for number, each in enumerate(acknowledgements):
        if each.rule == fired.rule.id and set(each.subjects) <= concerned:
            return number, each
    return -1, None


def _concerned(fired: Fired) -> tuple[str, ...]:
    ends = [fired.first, *((fired.second,) if fired.second else ())]
    links = sorted({link.subject for end in ends for link in end.links})
    return tuple(dict.fromkeys((*(end.entity for end in ends), *links)))


def _signature(fired: Fired, say: Words) -> tuple[object, ...]:
    """Return what has to be equal for two firings to be said together."""
    values = tuple(sorted(say.values(fired.rule, _worst(fired, say)).items()))
    alone = fired.first.entity if fired.comparison else ""
    other = fired.first.entity if fired.text else ""
    return (values, fired.key, alone, other, _milder(fired, say))


def _worst(fired: Fired, say: Words) -> tuple[Fact, ...]:
    """Return those of its facts that are as bad as the firing."""
    levels = [fired.rule.level(say.reference(fact.object), fact.qualifiers) for fact in fired.facts]
    top = max(levels, key=SEVERITIES.index, default="")
    return tuple(fact for fact, level in zip(fired.facts, levels, strict=True) if level == top)


def _milder(fired: Fired, say: Words) -> str:
    """Return what sources say of the same thing that is not as bad as the firing, each with its works."""
    rule, worst = fired.rule, {fact.id for fact in _worst(fired, say)}
    if rule.is_pair or fired.comparison or rule.severity_by != "object":
        return ""
    works: dict[str, list[str]] = {}
    for fact in _ranked(fired, say):
        if fact.id not in worst:
            works.setdefault(fact.object, []).extend(say.work(each.source) for each in fact.evidence)
    return say.listed(
        text("source_says", say.language, said=say.label(said), source=say.listed(held)) for said, held in works.items()
    )


def _together(held: Sequence[Fired], acknowledgement: Acknowledgement | None, bench: Bench) -> Iterator[_Told]:
    if not held[0].rule.is_pair:
        yield _Told(tuple(held), acknowledgement)
        return
    symmetric = bench.setting.schema.relations[held[0].rule.relation].symmetric
    left = list(held)
    while left:
        degrees = Counter(node for fired in left for node in _nodes(fired, symmetric=symmetric))
        hub = min(degrees, key=lambda node: (-degrees[node], node))
        around = [fired for fired in left if hub in _nodes(fired, symmetric=symmetric)]
        left = [fired for fired in left if fired not in around]
        yield _Told(tuple(around), acknowledgement, hub[1] if len(around) > 1 and symmetric else "")


def _nodes(fired: Fired, *, symmetric: bool) -> tuple[tuple[str, str], ...]:
    second = fired.second.entity if fired.second else ""
    return (("", fired.first.entity), ("", second)) if symmetric else (("1", fired.first.entity), ("2", second))


def _finding(told: _Told, bench: Bench) -> Finding:
    fired, rule, say = told.firings[0], told.firings[0].rule, bench.say
    firsts, seconds = _ends(told)
    ends = [*firsts.values(), *seconds.values()]
    facts = [fact for each in told.firings for fact in _ranked(each, say)]
    links = [link for end in ends for link in end.links]
    documented = _documented(told, bench)
    ids = [identity for fact in facts for identity in (fact.id, *fact.derived_from)]
    words = _words(told, firsts, seconds, say)
    message = say.text(fired.text or rule.message).format_map(words)
    if milder := _milder(fired, say):
        message += text("sources_differ", say.language, others=milder)
    for each, wholes in documented:
        first, second = say.label(each.first.entity), say.label(each.second.entity if each.second else "")
        through = say.listed(say.label(whole) for whole in dict.fromkeys(fact.subject for fact in wholes))
        message += say.text(rule.documented).format_map({**words, "first": first, "second": second, "through": through})
    parts = fired.objects if fired.second and not rule.is_pair else ()
    grades = [item.grade for fact in facts for item in fact.evidence]
    return Finding(
        rule=rule.id,
        kind=CheckKind(rule.kind),
        severity=Severity(fired.level),
        subjects=tuple(dict.fromkeys((*firsts, *seconds, *parts, *sorted(link.subject for link in links)))),
        message=message[:1].upper() + message[1:],
        facts=tuple(
            dict.fromkeys((*ids, *(link.id for link in links), *(f.id for _, held in documented for f in held)))
        ),
        grade=max(grades, key=_GRADES.__getitem__, default=Grade.UNSPECIFIED),
        mechanism=say.text(rule.mechanism).format_map(words),
        management=say.text(rule.management).format_map(words),
        comparison=fired.comparison,
        acknowledgement=told.acknowledgement,
    )


def _ends(told: _Told) -> tuple[dict[str, End], dict[str, End]]:
    """Return the things on either side of the sentence; what all pairs have in common stands first."""
    firsts: dict[str, End] = {}
    seconds: dict[str, End] = {}
    for each in told.firings:
        one, other = each.first, each.second
        if other is not None and told.hub and other.entity == told.hub:
            one, other = other, one
        firsts.setdefault(one.entity, one)
        if other is not None:
            seconds.setdefault(other.entity, other)
    return firsts, seconds


def _ranked(fired: Fired, say: Words) -> list[Fact]:
    levels = {fact.id: fired.rule.level(say.reference(fact.object), fact.qualifiers) for fact in fired.facts}
    return sorted(fired.facts, key=lambda f: (-SEVERITIES.index(levels[f.id]), bool(f.derived_from), f.id))


def _words(told: _Told, firsts: Mapping[str, End], seconds: Mapping[str, End], say: Words) -> Mapping[str, str]:
    fired, rule = told.firings[0], told.firings[0].rule
    worst = [fact for each in told.firings for fact in _worst(each, say)]
    first = say.listed(say.subject(end.entity, rule, end.links) for end in firsts.values())
    second = say.listed(say.subject(end.entity, rule, end.links) for end in seconds.values())
    named = {
        "subject": first,
        "first": first,
        "second": second,
        "object": say.listed(map(say.label, _shown(fired, worst))),
        "through": "",
    }
    return {**say.values(rule, worst), **named, **fired.said}


def _shown(fired: Fired, worst: Iterable[Fact]) -> tuple[str, ...]:
    """Return the objects to name: all of them, or those of the worst facts where the rest are milder values."""
    named = {fact.object for fact in worst}
    return tuple(obj for obj in fired.objects if obj in named) or fired.objects


def _documented(told: _Told, bench: Bench) -> list[tuple[Fired, list[Fact]]]:
    """Return the pairs that some whole is recorded to have together in spite of the rule, with the facts of that."""
    rule = told.firings[0].rule
    found = []
    for each in told.firings if rule.exception and rule.documented else ():
        ends = [end for end in (each.first, each.second) if end is not None]
        one, *others = (
            {fact.subject: fact for fact in bench.facts.reaching.get((end.entity, rule.exception), ())} for end in ends
        )
        wholes = [whole for whole in sorted(one) if others and whole in others[0]]
        if wholes:
            found.append((each, [held[whole] for whole in wholes for held in (one, *others)]))
    return found
