"""What follows from the findings, and from what could not be looked at: silence is never safety."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kg.messages import text
from kg.rules import SEVERITIES, Rule, RuleType
from reasoning.answer import Finding
from reasoning.safety.amounts import Judged
from reasoning.safety.fire import Bench, has_any
from reasoning.safety.model import AppliedRule, CheckedSubject, Conclusion
from reasoning.safety.names import Taken

__all__ = [
    "applied_rules",
    "checked_names",
    "conclusion_of",
    "missing_keys",
    "summary_of",
    "uncovered_entities",
    "unlinked_texts",
]


def conclusion_of(findings: Iterable[Finding], missing: Sequence[str], *, is_covered: bool, bench: Bench) -> Conclusion:
    """Return the worst that follows; only what is wholly covered and decided has no known issue."""
    means = {bench.setting.policy.conclusion.get(finding.severity.value) for finding in findings}
    if Conclusion.AVOID.value in means:
        return Conclusion.AVOID
    if not is_covered:
        return Conclusion.INSUFFICIENT_COVERAGE
    if Conclusion.CAUTION.value in means:
        return Conclusion.CAUTION
    return Conclusion.CONDITIONAL if missing else Conclusion.NO_KNOWN_ISSUE


def checked_names(bench: Bench) -> tuple[CheckedSubject, ...]:
    """Return what each subject, and each name in the context, was taken for."""
    named = [(item.text, item.taken) for item in bench.case.items]
    return tuple(_checked(said, taken, bench) for said, taken in (*named, *bench.case.heard))


def _checked(said: str, taken: Taken, bench: Bench) -> CheckedSubject:
    if taken.is_sure and taken.entities:
        entity = taken.entities[0]
        links = [link for name in sorted(bench.setting.parts) for link in bench.facts.from_(entity, name)]
        return CheckedSubject(said, entity, (), tuple(dict.fromkeys(link.object for link in links)))
    return CheckedSubject(said, "", taken.candidates or taken.entities)


def unlinked_texts(bench: Bench) -> tuple[str, ...]:
    """Return the texts that name nothing, or not surely."""
    named = [(item.text, item.taken) for item in bench.case.items]
    return tuple(dict.fromkeys(said for said, taken in (*named, *bench.case.heard) if not taken.is_sure))


def uncovered_entities(bench: Bench, judged: Iterable[Judged]) -> tuple[str, ...]:
    """Return the subjects that the graph knows too little of, or of whose amount it records nothing."""
    policy = bench.setting.policy
    found: dict[str, None] = {}
    for item in bench.case.items:
        for identity in item.ids[:1] if item.taken.is_sure else ():
            if not _is_covered(identity, bench):
                found[identity] = None
    for each in judged:
        if each.outcome == "unlisted" and not each.facts and has_any(policy.dosed, each.entity, bench):
            found[each.entity] = None
    return tuple(found)


def _is_covered(identity: str, bench: Bench) -> bool:
    coverage = bench.setting.policy.coverage
    if identity not in bench.facts.entities:
        return False
    if not coverage:
        return True
    ways = (bench.facts.leaving, bench.facts.reaching)
    return any(
        (identity, step.relation) in ways[0 if step.forward else 1]
        for step in coverage.get(bench.say.type(identity), ())
    )


def missing_keys(
    open_rules: Iterable[tuple[Rule, Sequence[str], str]], judged: Iterable[Judged], bench: Bench
) -> tuple[str, ...]:
    """Return what would decide a rule, the most important first.

    Args:
        open_rules: rules that would fire if something more were known: the keys that are not, and how bad it would be.
        judged: what came of stated amounts.
        bench: of the check.
    """
    policy = bench.setting.policy
    levels: dict[str, int] = {}
    for _, keys, level in open_rules:
        for key in keys:
            asks = policy.context[key].asks if key in policy.context else ""
            if asks and SEVERITIES.index(level) >= SEVERITIES.index(asks):
                levels[key] = max(levels.get(key, 0), SEVERITIES.index(level))
    order = list(bench.setting.context)
    keys = sorted(levels, key=lambda key: (-levels[key], order.index(key)))
    asked = {"unit": "dose", "often": "dose", "form": "preparation", "way": "preparation"}
    unclear = [f"subjects[{each.item.number}].{asked[each.reason]}" for each in judged if each.outcome == "unclear"]
    return tuple(dict.fromkeys((*keys, *unclear)))


def applied_rules(rules: Iterable[Rule], bench: Bench) -> tuple[AppliedRule, ...]:
    """Return the rules that were looked at, with the works that their facts come from."""
    return tuple(AppliedRule(rule.id, bench.say.text(rule.title), tuple(_works(rule, bench))) for rule in rules)


def _works(rule: Rule, bench: Bench) -> Iterator[str]:
    relation = rule.expand[0] if rule.type is RuleType.NAMED and rule.expand else rule.relation
    for key in sorted(bench.facts.works.get(relation, ())):
        yield bench.say.work(key)


def summary_of(
    conclusion: Conclusion,
    findings: Sequence[Finding],
    gaps: tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]],
    bench: Bench,
) -> str:
    """Return the conclusion in one or two sentences; `gaps`: what is missing, unlinked, not covered, not compared."""
    missing, unlinked, uncovered, unlisted = gaps
    say, language = bench.say, bench.say.language
    means = bench.setting.policy.conclusion
    counted = [finding for finding in findings if finding.severity.value in means]
    more = len(counted) - 1
    parts = [text(f"conclusion_{conclusion.value}", language)]
    if counted:
        parts.append(counted[0].message)
        if more:
            parts.append(text("summary_more", language, more=more))
    if accepted := [finding for finding in findings if finding.acknowledgement]:
        parts.append(text("summary_acknowledged", language, number=len(accepted)))
    taken = [*((item.text, item.taken) for item in bench.case.items), *bench.case.heard]
    several = {said for said, each in taken if each.entities and not each.is_sure}
    for key, names in (
        ("summary_ambiguous", [each for each in unlinked if each in several]),
        ("summary_unlinked", [each for each in unlinked if each not in several]),
    ):
        if names:
            parts.append(text(key, language, names=say.listed(names)))
    if uncovered:
        parts.append(text("summary_uncovered", language, names=say.listed(map(say.label, uncovered))))
    if left := [identity for identity in dict.fromkeys(unlisted) if identity not in uncovered]:
        parts.append(text("summary_unlisted", language, names=say.listed(map(say.label, left))))
    if missing:
        parts.append(text("summary_missing", language, keys=say.listed(_asked(missing, bench))))
    if conclusion is Conclusion.NO_KNOWN_ISSUE:
        parts.append(text("summary_silence", language))
    return ("" if language == "zh" else " ").join(parts)


def _asked(missing: Iterable[str], bench: Bench) -> Iterator[str]:
    names: Mapping[str, str] = {f"subjects[{item.number}]": item.text for item in bench.case.items}
    for key in missing:
        about = bench.setting.policy.context.get(key)
        subject, _, field = key.partition(".")
        if about and about.label:
            yield bench.say.text(about.label)
        elif field:
            yield text(f"asks_{field}", bench.say.language, name=names.get(subject, subject))
        else:
            yield key
