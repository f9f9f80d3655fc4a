"""Verify the draft and revise it: every claim of the text is read from the store again; what fails goes."""

from dataclasses import replace
from typing import cast

from kg.query.execute import execute
from kg.query.plan import Count, Entities, OfType, Plan
from reasoning.answer import Claim, ClaimVerdict, Outcome, Reason, StepKind, Verdict
from reasoning.compose import note
from reasoning.draft import render
from reasoning.phrasing import Naming
from reasoning.state import Run, State
from reasoning.steps.draft import with_closing
from reasoning.verify import verify

__all__ = ["revise", "verify_draft"]


async def verify_draft(state: State, run: Run) -> State:
    """Render the draft and judge each of its claims, independently of the rows that it came from."""
    naming = Naming(run.domain.pack, run.language, state["entities"])
    rendered = render(with_closing(state, run), naming, run.phrasing)
    if StepKind.VERIFY in run.left_out:
        return {"rendered": rendered, "verdicts": (), "refused": frozenset()}
    about_facts = [claim for claim in rendered.claims if claim.predicate]
    verdicts = list(await verify(about_facts, run.snapshot, run.domain.pack.schema, language=run.language))
    plans: list[Plan] = [plan for plan in state.get("plans", ()) if isinstance(plan, Count | OfType)]
    counts = [claim for claim in rendered.claims if not claim.predicate]
    plans = plans if len(plans) == len(counts) else [state["candidate"].plan] * len(counts)
    verdicts += [await _recount(claim, plan, run) for claim, plan in zip(counts, plans, strict=True)]
    shown = {fact.id for fact in rendered.cited}
    failed = {
        (verdict.claim.subject, verdict.claim.predicate, verdict.claim.object)
        for verdict in verdicts
        if verdict.verdict is not Verdict.SUPPORTED and not _gives_both_sides(verdict, shown)
    }
    refused = frozenset(fact.id for fact in rendered.cited if (fact.subject, fact.predicate, fact.object) in failed)
    return {"rendered": rendered, "verdicts": tuple(verdicts), "refused": refused}


def _gives_both_sides(verdict: ClaimVerdict, shown: set[str]) -> bool:
    """Say whether sources disagree about a claim and the text shows what either of them says."""
    return verdict.reason is Reason.CONFLICTING_SOURCES and shown >= {*verdict.supporting, *verdict.refuting}


async def _recount(claim: Claim, plan: Plan, run: Run) -> ClaimVerdict:
    """Check a count by asking the store again."""
    counted = plan if isinstance(plan, Count) else Count(cast("Entities", plan))  # only what lists is counted
    again = await execute(counted, run.snapshot, run.domain.pack.schema, row_limit=run.domain.row_limit)
    holds = claim.quantity is not None and again.count == claim.quantity.low
    verdict = Verdict.SUPPORTED if holds else Verdict.REFUTED
    said = replace(claim, text=str(again.count))
    return ClaimVerdict(said, verdict, Reason.DERIVED, proof=("rules/recount",))


async def revise(state: State, run: Run) -> State:
    """Take out everything that rests on a refused fact; the draft can only shrink."""
    # What still fails after one revision fails because the store contradicts itself: then nothing of it is said.
    again = frozenset(fact.id for fact in state["draft"].facts()) if state["rounds"] else state["refused"]
    kept = state["draft"].without(again)
    outcome = state["outcome"]
    factual = any(sentence.all_facts() for sentence in kept.sentences)
    if not factual and outcome in (Outcome.CONTRADICTED, Outcome.PREMISE_REFUTED):
        outcome = Outcome.NOT_IN_GRAPH
    if outcome in (Outcome.ANSWERED, Outcome.PARTIAL):
        outcome = Outcome.PARTIAL if factual else Outcome.NOT_IN_GRAPH
    if not state["rounds"]:
        kept = replace(kept, sentences=(*kept.sentences, note("removed", run.language)))
    return {"draft": kept, "outcome": outcome, "rounds": state["rounds"] + 1}
