"""Read the graph: run the plan, and check what the question asks or takes for granted."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kg.messages import text
from kg.model import Entity, Fact
from kg.query import read as graph
from kg.query.execute import execute
from kg.query.plan import Anchor, Count, Expand, Plan
from kg.query.result import Result, facts
from reasoning.answer import Claim, ClaimVerdict, Degradation, Verdict
from reasoning.draft import Sentence
from reasoning.phrasing import Naming
from reasoning.planning.form import Asked, is_yes_no, stated_pairs
from reasoning.state import Run, State
from reasoning.verify import verify

__all__ = ["complete_entities", "retrieve"]


async def retrieve(state: State, run: Run) -> State:
    """Run the chosen plan; verify the triples that a yes-or-no question asks and those that any question states."""
    candidate, reading = state["candidate"], state["reading"]
    schema = run.domain.pack.schema
    result = await execute(candidate.plan, run.snapshot, schema, row_limit=run.domain.row_limit)
    known = state["facts"] | {fact.id: fact for fact in facts(result)}
    asked = await _judge(_with_objects(candidate.asked, result), run)
    stated = (
        ()
        if is_yes_no(reading) and "since" not in reading.operators()
        else stated_pairs(reading, schema, run.domain.moves)
    )
    premises = tuple(v for v in await _judge(stated, run) if v.verdict is Verdict.REFUTED)
    known |= await _facts_named((*asked, *premises), known, run)
    if silent := [v.claim for v in asked if not v.supporting and not v.refuting and v.claim.object]:
        subjects, predicates = {c.subject for c in silent}, sorted({c.predicate for c in silent})
        around = await graph.facts_touching(run.snapshot, schema, sorted(subjects), predicates=predicates)
        known |= {fact.id: fact for fact in around if fact.subject in subjects}
    degradations = state.get("degradations", ())
    if result.truncated:
        degradations = (*degradations, Degradation.TRUNCATED_SEARCH)
    asides, variants = await _other_forms(candidate.plan, run)
    return {
        "asides": asides,
        "result": result,
        "asked": asked,
        "premises": premises,
        "facts": known,
        "entities": await complete_entities(state, known, (*result.entities, *variants), run),
        "tried": state.get("tried", 0) + 1,
        "degradations": degradations,
    }


async def _other_forms(plan: Plan, run: Run) -> tuple[tuple[Sentence, ...], tuple[str, ...]]:
    """Say how many more there are with another form of the object looked up by: 炙甘草 where 甘草 is asked for."""
    looked_up = plan.source if isinstance(plan, Count) else plan
    if not isinstance(looked_up, Expand) or not isinstance(looked_up.source, Anchor) or looked_up.step.forward:
        return (), ()
    schema, ids = run.domain.pack.schema, looked_up.source.ids
    relation = schema.relations[looked_up.step.relation].object_variants
    if not relation:
        return (), ()
    found = await graph.facts_touching(run.snapshot, schema, ids, predicates=[relation])
    others = tuple(sorted({end for fact in found for end in (fact.subject, fact.object)} - set(ids)))
    if not others:
        return (), ()
    counted = await execute(Count(replace(looked_up, source=Anchor(others))), run.snapshot, schema)
    if not counted.count:
        return (), ()

    def head(naming: Naming) -> str:
        names = text("list_separator", naming.language).join(naming(other) for other in others)
        return text("variants", naming.language, number=counted.count, names=names)

    return (Sentence(head, is_note=True),), others


def _with_objects(asked: Iterable[Asked], result: Result) -> tuple[Asked, ...]:
    """Give an asked amount its object: every recorded one with an amount in the same unit."""
    filled = []
    for one in asked:
        if one.object or one.quantity is None:
            filled.append(one)
            continue
        for fact in facts(result):
            if fact.predicate == one.predicate and fact.qualifiers.get("high") is not None:
                basis = str(fact.qualifiers.get("basis", ""))
                quantity = replace(one.quantity, basis=basis)
                filled.append(replace(one, object=fact.object, quantity=quantity))
    return tuple(filled)


async def _judge(asked: Iterable[Asked], run: Run) -> tuple[ClaimVerdict, ...]:
    claims = [Claim("", one.subject, one.predicate, one.object, quantity=one.quantity) for one in asked]
    if not claims:
        return ()
    return await verify(claims, run.snapshot, run.domain.pack.schema, language=run.language)


async def _facts_named(verdicts: Iterable[ClaimVerdict], known: Mapping[str, Fact], run: Run) -> dict[str, Fact]:
    """Fetch the facts that verdicts name and that no plan has read."""
    missing = {fact for v in verdicts for fact in (*v.supporting, *v.refuting)} - set(known)
    found = run.snapshot.facts_read(missing)
    missing -= found.keys()
    return found | (await graph.facts(run.snapshot, run.domain.pack.schema, sorted(missing)) if missing else {})


async def complete_entities(
    state: State, known: Mapping[str, Fact], more: Iterable[str], run: Run
) -> dict[str, Entity]:
    """Fetch the entities at the ends of `known` facts, and `more`, that the state does not hold yet."""
    entities = dict(state["entities"])
    ends = {end for fact in known.values() for end in (fact.subject, fact.object)}
    missing = sorted((ends | set(more)) - set(entities))
    if missing:
        entities.update(await graph.entities(run.snapshot, missing))
    return entities
