"""The safety check: a pack's rules over what is to be used and who uses it. Never calls a model.

One engine for `CheckSafety`, for `bencao check` and for the pass inside every answer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kg.model import Fact, Subgraph
from kg.rules import SEVERITIES, Rule, RuleType, worst
from kg.store import Snapshot
from reasoning.answer import Acknowledgement, CheckKind, Finding
from reasoning.safety.amounts import Judged, amount_firings, judged
from reasoning.safety.case import Case, case_of, mentioned
from reasoning.safety.compare import handling_firings, shared_firings
from reasoning.safety.conclude import (
    applied_rules,
    checked_names,
    conclusion_of,
    missing_keys,
    summary_of,
    uncovered_entities,
    unlinked_texts,
)
from reasoning.safety.fire import Bench, Fired, fact_firings, named_firings, pair_firings
from reasoning.safety.held import facts_around
from reasoning.safety.model import SafetyCheck, Subject
from reasoning.safety.setting import Setting
from reasoning.safety.tell import tell
from reasoning.safety.words import Words

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["check", "check_mentions", "examine"]


async def check(  # noqa: PLR0913  the request
    subjects: Sequence[Subject],
    context: Mapping[str, Any],
    domain: "Domain",
    snapshot: Snapshot,
    *,
    kinds: Collection[CheckKind] = (),
    acknowledgements: Sequence[Acknowledgement] = (),
    language: str = "",
) -> SafetyCheck:
    """Say whether things may be used together by someone.

    Args:
        subjects: what is to be used, at most 50 things.
        context: what is known of the person, by the pack's keys.
        domain: the domain.
        snapshot: where to read.
        kinds: the families of rules to look at; all if empty.
        acknowledgements: findings that the caller accepts; they are marked, never left out.
        language: of all texts; the pack's own if empty.

    Raises:
        InvalidPrescription: fields that cannot be read or contradict each other.
        GraphUnavailable: the store does not answer. That nothing was found is never said by accident.
    """
    spoken = language or domain.pack.reference_language
    return await examine(
        subjects, context, domain.safety, snapshot, kinds=kinds, acknowledgements=acknowledgements, language=spoken
    )


async def examine(  # noqa: PLR0913  as `check`
    subjects: Sequence[Subject],
    context: Mapping[str, Any],
    setting: Setting,
    snapshot: Snapshot,
    *,
    kinds: Collection[CheckKind] = (),
    acknowledgements: Sequence[Acknowledgement] = (),
    language: str,
) -> SafetyCheck:
    """As `check`, with the setting itself."""
    case = case_of(subjects, context, setting, language)
    bench = await _bench(case, setting, snapshot, language)
    rules = [rule for rule in setting.rules if not kinds or CheckKind(rule.kind) in kinds]
    ran = _run(rules, bench)
    findings = tell(ran.firings, bench, acknowledgements)
    missing = missing_keys(ran.open, ran.judged, bench)
    unlinked, uncovered = unlinked_texts(bench), uncovered_entities(bench, ran.judged)
    conclusion = conclusion_of(findings, missing, is_covered=not (unlinked or uncovered), bench=bench)
    unlisted = [each.entity for each in ran.judged if each.outcome == "unlisted" and not each.facts]
    checked = checked_names(bench)
    named = [i for each in checked for i in (each.entity, *each.candidates, *each.members)]
    rested = _rested(findings, bench)
    return SafetyCheck(
        conclusion=conclusion,
        findings=tuple(findings),
        missing_context=missing,
        unlinked=unlinked,
        evidence=_evidence(rested, findings, named, bench),
        checked=checked,
        applied=applied_rules(ran.looked_at, bench),
        summary=summary_of(conclusion, findings, (missing, unlinked, uncovered, unlisted), bench),
        revision=snapshot.revision,
        uncovered=uncovered,
        rested=rested,
    )


async def check_mentions(  # noqa: PLR0913  what a question names, and where to look
    ids: Sequence[str],
    context: Mapping[str, Any],
    setting: Setting,
    snapshot: Snapshot,
    *,
    language: str,
    rules: Collection[str] = (),
) -> tuple[tuple[Finding, ...], tuple[Fact, ...]]:
    """Return what there is to say of entities that a question names, worst first, and the facts that it rests on.

    `rules` are the ids of those to apply; all if empty. Rules on things that are to be used together (their amounts,
    the parts that they share) are left out. The facts do not include those that derived ones come from.

    Raises:
        GraphUnavailable: the store does not answer.
    """
    if not ids:
        return (), ()
    bench = await _bench(mentioned(ids, context, setting), setting, snapshot, language)
    applied = (rule for rule in setting.rules if not rule.is_prescribed and (not rules or rule.id in rules))
    ran = _run(applied, bench)
    findings = tell(ran.firings, bench)
    return tuple(findings), _rested(findings, bench)


async def _bench(case: Case, setting: Setting, snapshot: Snapshot, language: str) -> Bench:
    facts = await facts_around(case.starts, setting, snapshot)
    words = Words(facts.entities, setting.schema, language, setting.reference_language, setting.sources)
    return Bench(setting, case, facts, words)


@dataclass(frozen=True, slots=True)
class _Ran:
    """What came of some rules: `open` are those that wait for keys of the context, with how bad they would be."""

    firings: list[Fired]
    open: list[tuple[Rule, Sequence[str], str]]
    judged: list[Judged]
    looked_at: list[Rule]


def _run(rules: Iterable[Rule], bench: Bench) -> _Ran:
    firings: list[Fired] = []
    waiting: list[tuple[Rule, Sequence[str], str]] = []
    amounts: dict[str, list[Judged]] = {}
    looked_at = []
    for rule in rules:
        unknown = rule.unknown(bench.case.context)
        if unknown is None:
            continue
        looked_at.append(rule)
        if rule.type is RuleType.AMOUNT and rule.relation not in amounts:
            amounts[rule.relation] = judged(rule.relation, bench)
        found = list(_firings(rule, bench, amounts.get(rule.relation, ())))
        if unknown:
            level = worst(*(each.level for each in found))
            waiting += [(rule, unknown, level)] if level else []
            continue
        firings += found
        if rule.with_key and bench.case.context.get(rule.with_key) is None and (level := _might(rule, bench)):
            waiting.append((rule, (rule.with_key,), level))
    held = [each for found in amounts.values() for each in found]
    return _Ran(_calmed(firings, held), waiting, held, looked_at)


def _firings(rule: Rule, bench: Bench, amounts: Iterable[Judged]) -> Iterable[Fired]:
    match rule.type:
        case RuleType.PAIR:
            return pair_firings(rule, bench)
        case RuleType.FACT:
            return fact_firings(rule, bench)
        case RuleType.NAMED:
            return named_firings(rule, bench)
        case RuleType.AMOUNT:
            return amount_firings(rule, bench, amounts)
        case RuleType.HANDLING:
            return handling_firings(rule, bench)
        case RuleType.SHARED:
            return shared_firings(rule, bench)


def _might(rule: Rule, bench: Bench) -> str:
    """Return how bad a pair could be whose other end the person has not named yet; empty if there is none."""
    if rule.type is not RuleType.PAIR or rule.with_key not in bench.setting.policy.context:
        return ""
    if bench.setting.schema.relations[rule.relation].symmetric:
        return ""  # the other end is a thing of the same kind, and would have been named with the others
    asks = bench.setting.policy.context[rule.with_key].asks
    if not asks:
        return ""
    facts = (fact for identity in bench.asked(rule) for fact in bench.facts.at(identity, rule.relation))
    return worst(*(rule.level("", fact.qualifiers) for fact in facts))


def _calmed(firings: Iterable[Fired], amounts: Iterable[Judged]) -> list[Fired]:
    """Lower what is said of things whose amount was compared and whose handling is as recorded, where rules say so."""
    held = list(firings)
    compared = {"within", "under", "over"}
    within = {each.entity for each in amounts if each.outcome in compared}
    within -= {each.entity for each in amounts if each.outcome not in compared}
    mild = SEVERITIES.index("minor")
    wrong = {each.first.entity for each in held if _is_wrong(each) and SEVERITIES.index(each.level) >= mild}
    settled = within - wrong
    return [calm for each in held if (calm := _calm(each) if each.first.entity in settled else each) is not None]


def _calm(fired: Fired) -> Fired | None:
    level = fired.rule.settled
    if not level:
        return fired
    return None if level == "none" else replace(fired, level=min(fired.level, level, key=SEVERITIES.index))


def _is_wrong(fired: Fired) -> bool:
    return fired.rule.type is RuleType.HANDLING or bool(fired.rule.stated)


def _rested(findings: Iterable[Finding], bench: Bench) -> tuple[Fact, ...]:
    ids = dict.fromkeys(identity for finding in findings for identity in finding.facts)
    found = {identity: bench.facts.by_id[identity] for identity in ids if identity in bench.facts.by_id}
    bases = {base for fact in found.values() for base in fact.derived_from}
    return tuple(fact for identity, fact in found.items() if identity not in bases)


def _evidence(rested: Sequence[Fact], findings: Iterable[Finding], named: Iterable[str], bench: Bench) -> Subgraph:
    by_id = bench.facts.by_id
    bases = (by_id[base] for fact in rested for base in fact.derived_from if base in by_id)
    facts = {fact.id: fact for fact in (*rested, *bases)}
    ends = [end for fact in facts.values() for end in (fact.subject, fact.object)]
    concerned = [identity for finding in findings for identity in finding.subjects]
    ids = dict.fromkeys((*named, *concerned, *ends))
    return Subgraph(tuple(bench.facts.entities[i] for i in ids if i in bench.facts.entities), tuple(facts.values()))
