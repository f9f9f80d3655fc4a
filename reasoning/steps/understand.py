"""Link the question and check safety: what is named, what is unknown, what the rules say about it."""

from dataclasses import replace

from kg.query import read as graph
from reasoning.answer import StepKind
from reasoning.lexicon import TagKind
from reasoning.reading import Named, Reading, read, settled
from reasoning.safety import check_mentions, namesakes
from reasoning.state import Run, State

__all__ = ["link_entities", "safety"]


async def link_entities(_: State, run: Run) -> State:
    """Read the question and fetch the entities that it names."""
    reading = read(run.question.text, run.domain.index, run.domain.lexicon, run.language)
    reading = settled(reading, run.question.meant)
    ids = tuple(dict.fromkeys((*(i for named in reading.named for i in named.ids), *_grades(reading, run))))
    entities = await graph.entities(run.snapshot, ids) if ids else {}
    named = [replace(name, narrower=await _narrower(name, run)) for name in reading.named]
    return {"reading": replace(reading, named=tuple(named)), "entities": entities}


def _grades(reading: Reading, run: Run) -> tuple[str, ...]:
    """Return the grades that a question about the most or the fewest may mean by their relation."""
    if not reading.operators() & {"most", "fewest"}:
        return ()
    signalled = {tag.value for _, tag in reading.tagged(TagKind.RELATION)}
    kinds = frozenset[str]().union(*(named.types for named in reading.named))
    relations = (r for r in run.domain.pack.schema.relations.values() if r.id in signalled or kinds & set(r.objects))
    return tuple(identity for relation in relations for identity in relation.order)


async def _narrower(named: Named, run: Run) -> tuple[str, ...]:
    """Return the terms directly below a term (清热解毒 below 清热, 小毒 below 有毒): they count as it."""
    schema = run.domain.pack.schema
    relations = [r for r in schema.relations.values() if r.object_subsumption and named.types & set(r.objects)]
    hierarchies = sorted({relation.object_subsumption for relation in relations})
    if not hierarchies:
        return ()
    found = await graph.facts_touching(run.snapshot, schema, named.ids, predicates=hierarchies)
    return tuple(sorted({fact.subject for fact in found if fact.object in named.ids}))


async def safety(state: State, run: Run) -> State:
    """Apply the pack's rules to every entity that the question names, with the person's context.

    A key of the context that the question itself mentions counts as given: who asks about pregnancy
    is told what holds in pregnancy.
    """
    if StepKind.CHECK_SAFETY in run.left_out:
        return {"findings": (), "facts": {}}
    reading = state["reading"]
    context = dict(run.question.context)
    context.update(dict.fromkeys(reading.context & set(run.domain.pack.context), True))
    sure = [named for named in reading.named if not named.is_ambiguous]
    ids = dict.fromkeys(i for named in sure for i in (*named.ids, *_elsewhere(named, run)))
    findings, found = await check_mentions(tuple(ids), context, run.domain.safety, run.snapshot, language=run.language)
    return {"findings": findings, "facts": {fact.id: fact for fact in found}}


def _elsewhere(named: Named, run: Run) -> tuple[str, ...]:
    """Return what of other types has the same name (garlic the food, beside garlic the herb)."""
    index = run.domain.index
    return tuple(sorted(namesakes(named.text, index, besides=named.types)))
