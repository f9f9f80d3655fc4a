"""One claim against the facts that concern it: is it well formed, are its ends known, how many does it speak of."""

from dataclasses import replace

from kg.messages import text
from kg.model import Grade
from kg.schema import Schema
from reasoning.answer import Claim, ClaimVerdict, Reason, Verdict
from reasoning.verify.demand import Demand, Quantifier, demand_of, fault_of
from reasoning.verify.explain import explained
from reasoning.verify.facts import Facts
from reasoning.verify.match import Case
from reasoning.verify.quantified import judge_quantified
from reasoning.verify.single import judge_triple, type_checks

__all__ = ["decide", "judge"]


def judge(claim: Claim, held: Facts, schema: Schema, language: str = "en") -> ClaimVerdict:
    """Return the verdict on one claim.

    Args:
        claim: entity ids and a relation of the schema; whatever does not fit is judged unlinked, never guessed.
        held: every fact of the claim's relation at its subject, and what the relation's logic needs beside them.
        schema: the pack's schema.
        language: of the rationale.
    """
    return explained(decide(claim, held, schema, language), held, schema, language)


def decide(claim: Claim, held: Facts, schema: Schema, language: str) -> ClaimVerdict:
    """Return the verdict as `judge` does, but its rationale only where the rule that decided words it itself."""
    key = fault_of(claim)
    if key or claim.predicate not in schema.relations:
        return _not_checkable(claim, key or "claim_relation", language)
    if not ({claim.subject, claim.object} - {""}) <= held.entities.keys():
        return _finished(ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.UNLINKED), ())
    case = Case(claim, demand_of(claim), schema.relations[claim.predicate], held, schema, language)
    return _finished(_decided(case), _scope(case))


def _decided(case: Case) -> ClaimVerdict:
    quantifier = case.demand.quantifier
    is_plain = quantifier is Quantifier.SOME and type_checks(case, case.claim.subject)
    return judge_triple(case) if quantifier is None or is_plain else judge_quantified(case)


def _not_checkable(claim: Claim, key: str, language: str) -> ClaimVerdict:
    is_unlinked = key in {"verdict_unlinked", "claim_relation", "claim_without_object"}
    reason = Reason.UNLINKED if is_unlinked else Reason.UNCHECKED
    proof = (f"rules/{reason}", f"rules/{key}")
    return ClaimVerdict(claim, Verdict.NOT_CHECKABLE, reason, rationale=text(key, language), proof=proof)


def _scope(case: Case) -> tuple[str, ...]:
    """Return the rules that chose the facts to judge by."""
    demand: Demand = case.demand
    rules = [f"rules/types:{case.relation.id}"]
    if demand.edition:
        rules.append(f"rules/edition:{demand.edition}")
    if demand.span is not None:
        rules.append(f"rules/as-of:{'/'.join(dict.fromkeys(demand.span))}")
    if demand.strength is not Grade.UNSPECIFIED:
        rules.append(f"rules/strength:{demand.strength}")
    if demand.quantifier is not None:
        rules.append(f"rules/quantifier:{demand.quantifier}")
    return tuple(rules)


def _finished(verdict: ClaimVerdict, scope: tuple[str, ...]) -> ClaimVerdict:
    named = tuple(f"facts/{fact}" for fact in (*verdict.supporting, *verdict.refuting))
    steps = verdict.proof or named
    proof = (f"rules/{verdict.reason}", *scope, *steps, *(each for each in named if each not in steps))
    return replace(verdict, proof=proof)
