"""The rationale of a verdict: one or two sentences that say which rule decided and what the graph records."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from kg.messages import text
from kg.model import Fact, Status
from kg.schema import VALIDITY, Schema
from reasoning.answer import ClaimVerdict, Reason, Verdict
from reasoning.verify.facts import Facts
from reasoning.verify.quantity import recorded, written

__all__ = ["explained"]

_MOST: Final = 12  # values of one relation that a sentence names
_AMOUNT: Final = ("low", "high", "unit", "basis")
_SAID: Final = (Reason.OVER_LIMIT, Reason.RANGE_MISMATCH)  # their sentence names the recorded amounts itself


def explained(verdict: ClaimVerdict, held: Facts, schema: Schema, language: str) -> ClaimVerdict:
    """Return the verdict with its rationale; ends of facts that `held` does not know are named by their ids."""
    if verdict.verdict is Verdict.NOT_CHECKABLE:
        return verdict
    named = [held.by_id[each] for each in (*verdict.supporting, *verdict.refuting) if each in held.by_id]
    if verdict.reason is Reason.SUPERSEDED:
        return replace(verdict, rationale=_superseded(verdict, named, held, schema, language))
    said = verdict.rationale or _reason(verdict, language)
    if not named or (verdict.rationale and verdict.reason in _SAID):
        return replace(verdict, rationale=said)
    is_list = any(step.startswith("rules/closed-list:") for step in verdict.proof)
    key = "facts_recorded_closed" if is_list else "facts_recorded"
    listed = _listed(named, verdict.claim.subject, held, schema, language)
    return replace(verdict, rationale=text(key, language, reason=said, facts=listed))


def _reason(verdict: ClaimVerdict, language: str) -> str:
    is_denial = verdict.verdict is Verdict.SUPPORTED and verdict.claim.negated
    return text("verdict_denied" if is_denial else f"verdict_{verdict.reason}", language)


def _superseded(verdict: ClaimVerdict, named: Sequence[Fact], held: Facts, schema: Schema, language: str) -> str:
    """Say what held until when in which edition, and what holds now."""
    near, separator = verdict.claim.subject, text("list_separator", language)
    old = [fact for fact in named if fact.status is Status.SUPERSEDED]
    now = [fact for fact in named if fact.status is not Status.SUPERSEDED]
    then, current = (
        separator.join(_dated(fact, near, held, schema, language) for fact in some[:_MOST]) for some in (old, now)
    )
    key = "verdict_superseded_by" if now else "verdict_superseded_gone"
    return text(key, language, old=then, now=current)


def _dated(fact: Fact, near: str, held: Facts, schema: Schema, language: str) -> str:
    """Return what a fact says of its subject, with its edition and until when it held."""
    works = [held.sources[item.source] for item in fact.evidence if item.source in held.sources]
    edition = next((f"{work.title} {work.edition}".strip() for work in works), fact.evidence[0].source)
    until = str(fact.qualifiers.get("valid_to", ""))
    value = _value(fact, fact.object if fact.subject == near else fact.subject, held, schema, language)
    return text("fact_named_until" if until else "fact_named", language, value=value, edition=edition, until=until)


def _listed(named: Iterable[Fact], near: str, held: Facts, schema: Schema, language: str) -> str:
    """Return facts as "subject, relation: values", one clause for each subject and relation."""
    clauses: dict[tuple[str, str], list[str]] = {}
    for fact in named:
        turned = fact.object == near and schema.relations[fact.predicate].symmetric
        subject, far = (fact.object, fact.subject) if turned else (fact.subject, fact.object)
        clauses.setdefault((subject, fact.predicate), []).append(_value(fact, far, held, schema, language))
    return text("facts_separator", language).join(
        text(
            "facts_of_subject",
            language,
            subject=_label(subject, held, language),
            relation=schema.relations[predicate].label.get(language, predicate),
            objects=_joined(list(dict.fromkeys(values)), language),
        )
        for (subject, predicate), values in clauses.items()
    )


def _joined(values: Sequence[str], language: str) -> str:
    shown = text("list_separator", language).join(values[:_MOST])
    return shown + (text("facts_more", language, total=len(values)) if len(values) > _MOST else "")


def _value(fact: Fact, far: str, held: Facts, schema: Schema, language: str) -> str:
    """Return the far end of a fact with its amount and its other qualifiers that have words."""
    said = _label(far, held, language)
    if amount := recorded(fact.qualifiers):
        said = f"{said} {written(amount)}"
    words: list[str] = []
    for key, value in sorted(fact.qualifiers.items()):
        labels = schema.qualifiers[key].labels.get(str(value), {}) if key in schema.qualifiers else {}
        is_amount = amount is not None and key in _AMOUNT[:3]
        if key not in VALIDITY and not is_amount and language in labels:
            words.append(labels[language])
    return text("aside", language, name=said, others=text("list_separator", language).join(words)) if words else said


def _label(identity: str, held: Facts, language: str) -> str:
    entity = held.entities.get(identity)
    return entity.label(language) if entity else identity
