"""Decide what to do with a question: refuse, ask back, say what is unknown, or run a plan."""

from kg.errors import SchemaViolation, TraversalLimit
from kg.linking.search import near
from kg.messages import text
from kg.model import Entity
from kg.query import read as graph
from kg.query.check import check
from kg.query.plan import Anchor, Expand, Plan
from kg.schema import Criticality
from reasoning.answer import CheckKind, Clarification, Degradation, Outcome, Warned
from reasoning.compose import note
from reasoning.draft import Sentence
from reasoning.lexicon import TagKind
from reasoning.phrasing import Naming
from reasoning.planning.candidates import propose
from reasoning.planning.choose import choose_candidate
from reasoning.planning.form import Candidate, is_yes_no
from reasoning.reading import Reading
from reasoning.state import Run, State

__all__ = ["plan"]

_MOST_NEAR = 3
_MOST_NAMES = 24  # a long prescription; the pairs among more are a batch job, not a question


async def plan(state: State, run: Run) -> State:
    """Choose a plan, or an outcome that needs none. A second visit takes the next candidate."""
    if state.get("tried") and (wider := next_candidate(state)):
        return {"candidate": wider}
    reading = state["reading"]
    if early := await _early(reading, state, run):
        return early
    schema = run.domain.pack.schema
    types = {entity.id: entity.type for entity in state["entities"].values()}
    candidates = tuple(
        candidate
        for candidate in propose(reading, schema, run.domain.moves, max_hops=run.question.max_hops or 3)
        if _type_checks(candidate, run, types)
    )
    naming = Naming(run.domain.pack, run.language, state["entities"])
    choice = await choose_candidate(
        reading, candidates, run.domain, run.budget, lambda c: run.phrasing.noun(c.plan, naming.short)
    )
    degradations: tuple[Degradation, ...] = ()
    if run.domain.model is None or choice.fault:
        degradations = (Degradation.NO_MODEL,)
    if choice.fault:
        run.pending.append(Warned("MODEL_UNAVAILABLE", choice.fault))
    chosen = choice.candidate
    if chosen is None or not chosen.signalled or (reading.leftovers and _hinges_on_them(chosen, reading)):
        return {**_nothing_asked(reading, state, run), "degradations": degradations}
    rest = tuple(c for c in candidates if c is not chosen and c.signalled)
    return {
        "candidates": (chosen, *rest),
        "candidate": chosen,
        "planner": choice.planner,
        "degradations": degradations,
        "notes": _uncovered(reading, chosen, run),
    }


def _hinges_on_them(candidate: Candidate, reading: Reading) -> bool:
    """Say whether what nothing explains is part of the question itself, so that answering the rest would mislead."""
    joins = reading.operators() & {"both", "either", "except", "compare"}
    return bool(joins) or not candidate.solid or bool(candidate.unused)


def _type_checks(candidate: Candidate, run: Run, types: dict[str, str]) -> bool:
    try:
        check(candidate.plan, run.domain.pack.schema, types)
    except (SchemaViolation, TraversalLimit):
        return False
    return True


async def _early(reading: Reading, state: State, run: Run) -> State | None:
    """Return the outcomes that are decided before any plan: ambiguity, unknown names, other domains."""
    language = run.language
    if len(reading.named) > _MOST_NAMES:
        said = note("too_many", language, number=len(reading.named), most=_MOST_NAMES)
        return {"outcome": Outcome.NOT_IN_GRAPH, "notes": (said,)}
    for named in reading.named:
        if named.is_ambiguous:
            candidates = tuple(state["entities"][i] for i in named.ids if i in state["entities"])
            names = text("list_separator", language).join(_full(entity, run) for entity in candidates)
            said = note("clarify", language, mention=named.text, names=names)
            return {
                "outcome": Outcome.NEEDS_CLARIFICATION,
                "notes": (said,),
                "clarification": Clarification(named.text, candidates),
            }
    steering = {TagKind.RELATION, TagKind.TYPE, TagKind.QUALIFIER, TagKind.VALUE}
    steers = any(tag.kind in steering for word in reading.words for tag in word.tags)
    unknown_kin = any(leftover.is_part_of_name for leftover in reading.leftovers)
    if not reading.named and not unknown_kin and not steers:
        title = run.domain.pack.title[language]
        return {"outcome": Outcome.OUT_OF_DOMAIN, "notes": (note("out_of_domain", language, domain=title),)}
    if reading.leftovers and (not reading.named or is_yes_no(reading) or _asks_for_pair(reading, run)):
        return await _unknown(reading, run)
    return None


def _asks_for_pair(reading: Reading, run: Run) -> bool:
    relations = run.domain.pack.schema.relations
    return any(relations[tag.value].symmetric for _, tag in reading.tagged(TagKind.RELATION))


def _full(entity: Entity, run: Run) -> str:
    return Naming(run.domain.pack, run.language, {entity.id: entity})(entity.id)


async def _unknown(reading: Reading, run: Run) -> State:
    """Name every unknown name; offer similar ones without assuming any."""
    language = run.language
    notes: list[Sentence] = []
    for leftover in dict.fromkeys(leftover.name for leftover in reading.leftovers):
        notes.append(note("unknown_name", language, name=leftover))
        hits = near(leftover, run.domain.index, limit=_MOST_NEAR)
        if hits:
            found = await graph.entities(run.snapshot, [hit.entity for hit in hits])
            labels = [entity.label(language, run.domain.pack.reference_language) for entity in found.values()]
            notes.append(note("near_names", language, names=text("list_separator", language).join(labels)))
    if _asks_for_pair(reading, run):
        notes.append(note("silence_is_not_safety", language))
    return {"outcome": Outcome.NOT_IN_GRAPH, "notes": tuple(notes)}


def _nothing_asked(reading: Reading, state: State, run: Run) -> State:
    """Say why there is no plan; things that must not meet are warned about whatever was asked of them."""
    language = run.language
    kinds = {finding.kind for finding in state["findings"]}
    if CheckKind.INTERACTION in kinds or (reading.context and CheckKind.CONTRAINDICATION in kinds):
        return {"outcome": Outcome.ANSWERED, "notes": ()}
    if reading.leftovers:
        words = text("list_separator", language).join(dict.fromkeys(left.name for left in reading.leftovers))
        return {"outcome": Outcome.NOT_IN_GRAPH, "notes": (note("unknown_relation", language, words=words),)}
    labels = [e.label(language, run.domain.pack.reference_language) for e in state["entities"].values()]
    if not labels and _asks_what_is_safe(reading, run):
        return {"outcome": Outcome.NOT_IN_GRAPH, "notes": (note("silence_is_not_safety", language),)}
    steering = [reading.text[word.start : word.end] for word, _ in reading.tagged(TagKind.RELATION)]
    if not labels and steering:
        said = note("no_question", language, names=text("list_separator", language).join(dict.fromkeys(steering)))
        return {"outcome": Outcome.NOT_IN_GRAPH, "notes": (said,)}
    if not labels:
        return {
            "outcome": Outcome.OUT_OF_DOMAIN,
            "notes": (note("out_of_domain", language, domain=run.domain.pack.title[language]),),
        }
    names = text("list_separator", language).join(labels)
    return {"outcome": Outcome.NOT_IN_GRAPH, "notes": (note("no_question", language, names=names),)}


def _asks_what_is_safe(reading: Reading, run: Run) -> bool:
    """Say whether a question without a name asks what may be used: the graph records dangers, not their absence."""
    relations = run.domain.pack.schema.relations
    signalled = {tag.value for _, tag in reading.tagged(TagKind.RELATION)}
    permitting = reading.operators() & {"permit", "except"}
    return bool(permitting) and any(relations[name].criticality is Criticality.SAFETY for name in signalled)


def _uncovered(reading: Reading, chosen: Candidate, run: Run) -> tuple[Sentence, ...]:
    """Say what of the question the plan does not cover: words that nothing explains, and words left unused."""
    unused = [reading.words[number] for number in chosen.unused]
    names = dict.fromkeys([left.name for left in reading.leftovers] + [reading.text[w.start : w.end] for w in unused])
    separator = text("list_separator", run.language)
    notes = [note("not_covered", run.language, words=separator.join(names))] if names else []
    if "permit" in reading.operators() and not reading.tagged(TagKind.RELATION):
        notes.append(note("silence_is_not_safety", run.language))
    if "why" in reading.operators():
        notes.append(note("no_reason", run.language))
    return tuple(notes)


def next_candidate(state: State) -> Candidate | None:
    """Return the candidate to try after an empty result: the same relation, to any type or the other way round.

    Types tell the direction of most relations; of one that joins a type to itself only the graph can. Another
    way through the graph would answer another question.
    """
    first, *rest = state["candidates"]
    if state.get("tried", 0) > 1 or first.asked:
        return None
    return next((c for c in rest if c.unused == first.unused and _is_kin(c.plan, first.plan)), None)


def _is_kin(plan: Plan, other: Plan) -> bool:
    if not isinstance(plan, Expand) or not isinstance(other, Expand) or plan.step.relation != other.step.relation:
        return False
    if other.types and not other.step.forward and plan.types != other.types:
        return False  # who asks for medicines of one type is not answered with those of another
    starts = [p.source.ids if isinstance(p.source, Anchor) else p.source for p in (plan, other)]
    return starts[0] == starts[1] and plan.where == other.where
