"""Draft the answer: sentences from facts, warnings from findings, notes about what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from kg.messages import text
from kg.model import Entity, Fact, Review
from kg.query.plan import Check, Count, Expand, OfType, relations_of
from kg.query.result import facts
from reasoning.answer import CheckKind, Finding, Outcome, StepKind, Verdict, Warned
from reasoning.compose import (
    checked_sentences,
    disputed,
    finding_sentences,
    listed_sentences,
    note,
    refuted_sentences,
    total_items,
)
from reasoning.draft import Draft, Sentence, constant
from reasoning.llm.errors import ModelUnavailable
from reasoning.obligations import owed
from reasoning.phrasing import Naming
from reasoning.planning.form import is_yes_no
from reasoning.prose import summarise
from reasoning.safety import unheard
from reasoning.state import Run, State
from reasoning.steps.retrieve import complete_entities

__all__ = ["draft"]

_MOST_INSTEAD = 12


async def draft(state: State, run: Run) -> State:
    """Write the draft of whatever outcome was reached."""
    known = dict(state["facts"])
    entities = await complete_entities(state, known, (), run)
    state = {**state, "entities": entities}
    outcome, body = (state["outcome"], ()) if "outcome" in state else _body(state, run)
    if run.prose and outcome in (Outcome.ANSWERED, Outcome.PARTIAL):
        body = _led_by(await _prose(body, entities, run), body, run)
    said = frozenset(fact.id for sentence in body for fact in sentence.all_facts())
    findings, more = await _owed(state, run) if outcome in (Outcome.ANSWERED, Outcome.PARTIAL) else ((), ())
    known |= {fact.id: fact for fact in more}
    entities = await complete_entities(state, known, (), run)
    findings = (*state["findings"], *(each for each in findings if not _is_told(each, state["findings"])))
    notes = state.get("notes", ())
    is_answer = not body and not notes  # where nothing else is said the findings are what was asked for
    warnings = finding_sentences(findings, known, run.language, said=said, whole=is_answer)
    if outcome is Outcome.ANSWERED and "candidate" in state and notes:
        outcome = Outcome.PARTIAL
    if "outcome" in state:
        sentences: tuple[Sentence, ...] = (*notes, *warnings)
    else:
        sentences = (*body, *state.get("asides", ()), *notes, *warnings)
    if run.leading:
        sentences = (Sentence(partial(constant, run.leading), is_note=True), *sentences)
    return {
        "draft": Draft(sentences),
        "outcome": outcome,
        "entities": entities,
        "facts": known,
        "findings": findings,
        "rounds": 0,
        "refused": frozenset(),
    }


async def _owed(state: State, run: Run) -> tuple[tuple[Finding, ...], tuple[Fact, ...]]:
    """Return what the answer has to mention of the things in it, though nobody asked."""
    if "candidate" not in state or "result" not in state or StepKind.CHECK_SAFETY in run.left_out:
        return (), ()
    candidate, entities = state["candidate"], state["entities"]
    relations = {*relations_of(candidate.plan), *(one.predicate for one in candidate.asked)}
    named = [i for name in state["reading"].named if not name.is_ambiguous for i in name.ids]
    ids = dict.fromkeys((*named, *state["result"].entities))
    context = dict(run.question.context)
    context.update(dict.fromkeys(state["reading"].context & set(run.domain.pack.context), True))
    return await owed(
        run.domain.obligations,
        relations,
        [entities[i] for i in ids if i in entities],
        context,
        run.domain.safety,
        run.snapshot,
        run.language,
    )


def _is_told(finding: Finding, told: Iterable[Finding]) -> bool:
    """Say whether a finding rests on nothing that another of its rule does not rest on."""
    return any(each.rule == finding.rule and set(finding.facts) <= set(each.facts) for each in told)


async def _prose(body: tuple[Sentence, ...], entities: Mapping[str, Entity], run: Run) -> tuple[Sentence, ...]:
    """Add the model's own words where they hold; without a model the pack's phrases stand alone."""
    try:
        return await summarise(Draft(body).facts(), Naming(run.domain.pack, run.language, entities), run)
    except ModelUnavailable as error:
        run.pending.append(Warned("MODEL_UNAVAILABLE", str(error)))
        return ()


def _led_by(prose: tuple[Sentence, ...], body: tuple[Sentence, ...], run: Run) -> tuple[Sentence, ...]:
    """Put prose before the body, or in its place where it says all of it.

    Only the body says qualifiers, and names entities in full in a language that is not their own.
    """
    told = {fact.id for sentence in prose for fact in sentence.facts}
    facts = Draft(body).facts()
    whole = told >= {fact.id for fact in facts} and not any(fact.qualifiers for fact in facts)
    plain = all(sentence.items for sentence in body) and run.language == run.domain.pack.reference_language
    return prose if prose and whole and plain else (*prose, *body)


def _body(state: State, run: Run) -> tuple[Outcome, tuple[Sentence, ...]]:
    phrasing, language, known = run.phrasing, run.language, state["facts"]
    if state["premises"]:
        corrections = [s for verdict in state["premises"] for s in refuted_sentences(verdict, known, phrasing)]
        return Outcome.PREMISE_REFUTED, (note("premise", language), *corrections)
    candidate, result = state["candidate"], state["result"]
    if candidate.asked:
        return _asked(state, run)
    sentences = listed_sentences(candidate.plan, result, phrasing)
    counted = isinstance(candidate.plan, Count | OfType)
    if not sentences or (not result.entities and not counted) or not any(s.items or s.facts for s in sentences):
        return Outcome.NOT_IN_GRAPH, _silence(state, run)
    if disputed(result):
        return Outcome.CONTRADICTED, (note("conflict", language), *sentences)
    return Outcome.ANSWERED, sentences


def _asked(state: State, run: Run) -> tuple[Outcome, tuple[Sentence, ...]]:
    """Say yes or no to the triples in question, or what is recorded instead."""
    reading = state["reading"]
    with_word = is_yes_no(reading) and not reading.operators() & {"except", "why", "choice"}
    either = "either" in reading.operators()
    sentences = checked_sentences(state["asked"], state["facts"], run.phrasing, with_word=with_word, either=either)
    if any(v.verdict is Verdict.SUPPORTED for v in state["asked"]) or sentences:
        return Outcome.ANSWERED, sentences
    if _found_through_parts(state):  # not of the formula itself, but of an ingredient: the warning says which
        return Outcome.ANSWERED, ()
    return Outcome.NOT_IN_GRAPH, (*_silence(state, run), *_recorded_instead(state, run))


def _found_through_parts(state: State) -> bool:
    """Say whether a warning joins both ends of what was asked."""
    ends = [{verdict.claim.subject, verdict.claim.object} for verdict in state["asked"]]
    joined = [set(f.subjects) for f in state["findings"] if f.kind is CheckKind.INTERACTION]
    return any(end <= subjects for end in ends for subjects in joined)


def _recorded_instead(state: State, run: Run) -> list[Sentence]:
    """List what the graph does record of the same relation, if that is not much: often the answer looked for."""
    if not state["asked"]:
        return []
    verdict, known = state["asked"][0], state["facts"]
    claim = verdict.claim
    own = tuple(f.id for f in known.values() if (f.subject, f.predicate) == (claim.subject, claim.predicate))
    schema = run.domain.pack.schema.relations[claim.predicate]
    if not own or schema.symmetric or len(own) > _MOST_INSTEAD:
        return []
    return refuted_sentences(replace(verdict, refuting=own), known, run.phrasing)


def _silence(state: State, run: Run) -> tuple[Sentence, ...]:
    """Say what the graph does not say; where safety is asked, that silence is none."""
    naming = Naming(run.domain.pack, run.language, state["entities"])
    plan, labels = state["candidate"].plan, run.domain.pack.schema.types
    words = run.phrasing.noun(plan, naming)
    if isinstance(plan, Expand) and plan.types:  # there may be things of another type
        kinds = text("list_separator", run.language).join(labels[kind].label[run.language] for kind in plan.types)
        words = text("aside", run.language, name=words, others=kinds)
    sentences = [note("not_in_graph", run.language, head=words)]
    schema = run.domain.pack.schema
    if any(schema.relations[name].criticality == "safety" for name in relations_of(state["candidate"].plan)):
        sentences.append(note("silence_is_not_safety", run.language))
    return tuple(sentences)


def closing(state: State, run: Run) -> tuple[Sentence, ...]:
    """Return the notes that end an answer: how complete it is, which revision, how far its records were checked."""
    revision = run.snapshot.revision.token
    notes: list[Sentence] = []
    cited = state["draft"].facts()
    if "result" in state and state["outcome"] in (Outcome.ANSWERED, Outcome.PARTIAL, Outcome.CONTRADICTED):
        shown, total = shown_of_total(state, run)
        notes.append(note("complete", run.language, shown=shown, total=total, revision=revision))
        if state["result"].truncated:
            notes.append(note("truncated", run.language))
    else:
        notes.append(note("revision", run.language, revision=revision))
    unknown = unheard(run.question.context, run.domain.rules, run.domain.index)
    if unknown and state["outcome"] is not Outcome.OUT_OF_DOMAIN:
        names = text("list_separator", run.language).join(unknown)
        notes.append(note("context_unknown", run.language, names=names))
    best = [max((e.review for e in fact.evidence), key=list(Review).index) for fact in cited]
    if any(review is not Review.PRIMARY for review in best):
        agreed = all(review in (Review.CROSS_CHECKED, Review.PRIMARY) for review in best)
        notes.append(note("cross_checked" if agreed else "unreviewed", run.language))
    if disclaimer := run.phrasing.disclaimer():
        notes.append(Sentence(partial(constant, disclaimer), is_note=True))
    return tuple(notes)


def shown_of_total(state: State, run: Run) -> tuple[int, int]:
    """Return how many items of the result the draft shows, and how many the graph holds."""
    if "shown" in state:
        return state["shown"]
    candidate, result = state["candidate"], state["result"]
    if candidate.asked or isinstance(candidate.plan, Check):
        number = len({fact for v in state["asked"] for fact in (*v.supporting, *v.refuting)})
        return number, number
    sentences = state["draft"].sentences
    shown = sum(len(sentence.items) for sentence in sentences)
    if not shown:  # the model's words took the place of the list
        shown = len({fact.id for sentence in sentences for fact in sentence.facts} & {f.id for f in facts(result)})
    return shown, max(shown, total_items(candidate.plan, result, run.phrasing))


def with_closing(state: State, run: Run) -> Draft:
    """Return the draft with its closing notes."""
    body = state["draft"]
    return replace(body, sentences=(*body.sentences, *closing(state, run)))
