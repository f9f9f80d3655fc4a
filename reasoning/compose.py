"""Builds drafts from results: which sentences say what a plan found, each resting on facts."""

from collections.abc import Mapping, Sequence
from functools import partial

from kg.messages import text
from kg.model import Fact, Status
from kg.query.plan import Anchor, Compare, Comparison, Count, Expand, OfType, Paths, Plan, Union
from kg.query.result import Result, facts
from kg.schema import Criticality, Step
from reasoning.answer import CheckKind, Claim, ClaimVerdict, Finding, Quantity, Severity, Verdict
from reasoning.draft import Item, Sentence, constant
from reasoning.phrasing import Naming, Phrasing

__all__ = [
    "MOST_ITEMS",
    "checked_sentences",
    "disputed",
    "finding_sentences",
    "listed_sentences",
    "note",
    "refuted_sentences",
    "total_items",
]

MOST_ITEMS = 40
_MOST_VIA = 6
_MOST_FINDINGS = 5


def note(key: str, language: str, **parameters: object) -> Sentence:
    """Return a sentence about the answer itself."""
    words = text(key, language, **parameters)
    return Sentence(partial(constant, words), is_note=True)


def disputed(result: Result) -> bool:
    """Say whether sources contradict each other in what was found."""
    return any(fact.status is Status.DISPUTED for fact in facts(result))


def listed_sentences(plan: Plan, result: Result, phrasing: Phrasing) -> tuple[Sentence, ...]:
    """Return the sentences that list what a plan found, at most `MOST_ITEMS` items each."""
    if isinstance(plan, Count | OfType):
        return _counted(plan.source if isinstance(plan, Count) else plan, result, phrasing)
    if isinstance(plan, Paths):
        return tuple(_path(path, phrasing) for path in result.paths)
    if parts := _single_steps(plan):
        said = [_part(part, result, phrasing) for part in parts]
        if isinstance(plan, Compare) and any(said):  # beside what one has, silence about the other has to be said
            said = [found or (_silent(part, phrasing),) for part, found in zip(parts, said, strict=True)]
        return tuple(sentence for found in said for sentence in found)
    items = tuple(_item(entity, result) for entity in result.entities[:MOST_ITEMS])
    # What is listed because nothing is recorded of it rests on no fact: the list itself is counted again.
    claims = () if any(item.facts for item in items) else (_count_claim(result.total),)
    return (Sentence(partial(phrasing.noun, plan), items, claims=claims),) if items else ()


def _silent(part: Expand, phrasing: Phrasing) -> Sentence:
    def head(naming: Naming) -> str:
        return text("not_in_graph", naming.language, head=phrasing.noun(part, naming))

    return Sentence(head, is_note=True)


def total_items(plan: Plan, result: Result, phrasing: Phrasing) -> int:
    """Return how many items the sentences of `listed_sentences` would have without their limit."""
    if parts := _single_steps(plan):
        return max(result.total, sum(len(_by_entity(part, result, phrasing)) for part in parts))
    return result.total


def _single_steps(plan: Plan) -> list[Expand]:
    """Return a plan as single steps from named entities, side by side, if that is what it is."""
    match plan:
        case Compare(ids, step):
            return [Expand(Anchor((identity,)), step) for identity in ids]
        case Union(parts):
            single = [p for p in parts if isinstance(p, Expand) and isinstance(p.source, Anchor) and p.step.forward]
            return single if len(single) == len(parts) else []
        case Expand(Anchor()):
            return [plan]
    return []


def _part(part: Expand, result: Result, phrasing: Phrasing) -> tuple[Sentence, ...]:
    """Return one sentence for one step from the entities of an anchor, with each object's qualifiers."""
    by_entity = _by_entity(part, result, phrasing)
    ordered = sorted(by_entity, key=lambda entity: (_rank(by_entity[entity], phrasing), entity))
    items = tuple(
        Item(partial(_said, phrasing, tuple(by_entity[entity]), entity), tuple(by_entity[entity]))
        for entity in ordered[:MOST_ITEMS]
    )
    return (Sentence(partial(phrasing.noun, part), items),) if items else ()


def _by_entity(part: Expand, result: Result, phrasing: Phrasing) -> dict[str, list[Fact]]:
    by_entity: dict[str, list[Fact]] = {}
    ids = (*part.source.ids, *part.source.narrower) if isinstance(part.source, Anchor) else ()
    for fact in facts(result):
        if fact.predicate == part.step.relation and _meets(fact, part):
            for other in _others(fact, ids, part.step, phrasing):
                if other in result.witnesses:
                    by_entity.setdefault(other, []).append(fact)
    return by_entity


def _meets(fact: Fact, part: Expand) -> bool:
    """Say whether a fact has the qualifier values that a step asks for; other comparisons were the store's to make."""
    asked = [test for test in part.where if test.comparison is Comparison.EQUAL]
    return all(fact.qualifiers.get(test.key, test.value) == test.value for test in asked)


def _rank(found: Sequence[Fact], phrasing: Phrasing) -> int:
    """Order by the schema's own order of a qualifier's values: the monarch before the guide."""
    for key, value in found[0].qualifiers.items():
        declared = phrasing.pack.schema.qualifiers.get(key)
        if declared and value in declared.values:
            return declared.values.index(str(value))
    return 0


def _said(phrasing: Phrasing, found: tuple[Fact, ...], entity: str, naming: Naming) -> str:
    """Say one end of one or more facts that join the same two entities."""
    name = naming(entity)
    said = dict.fromkeys(phrasing.object(fact, entity, lambda _: name) for fact in found)
    return text("list_separator", phrasing.language).join(said)


def _others(fact: Fact, ids: Sequence[str], step: Step, phrasing: Phrasing) -> tuple[str, ...]:
    symmetric = phrasing.pack.schema.relations[step.relation].symmetric
    found = []
    if (step.forward or symmetric) and fact.subject in ids:
        found.append(fact.object)
    if (not step.forward or symmetric) and fact.object in ids:
        found.append(fact.subject)
    return tuple(found)


def _item(entity: str, result: Result) -> Item:
    """Return an item for one entity of a set, saying through what it was reached if that is not plain."""
    witnesses = result.witnesses.get(entity, ())
    direct = [fact for fact in witnesses if entity in (fact.subject, fact.object)]
    via = [fact.object if fact.subject == entity else fact.subject for fact in direct]
    if len(witnesses) == len(direct):
        via = []

    def say(naming: Naming) -> str:
        name = naming(entity)
        if entity in result.values:
            name = text("aside", naming.language, name=name, others=f"{result.values[entity]:g}")
        if not via:
            return name
        shown = text("list_separator", naming.language).join(naming.short(other) for other in via[:_MOST_VIA])
        more = "…" if len(via) > _MOST_VIA else ""
        return text("via", naming.language, item=name, via=shown + more)

    return Item(say, tuple(witnesses))


def _counted(source: Plan, result: Result, phrasing: Phrasing) -> tuple[Sentence, ...]:
    number = result.count if result.count is not None else result.total

    def head(naming: Naming) -> str:
        return text("count", naming.language, head=phrasing.noun(source, naming), number=number)

    items = tuple(_item(entity, result) for entity in result.entities[:MOST_ITEMS])
    return (Sentence(head, items, claims=(_count_claim(number),)),)


def _count_claim(number: int) -> Claim:
    amount = Quantity(float(number), float(number), "1", "count")
    return Claim(text="", subject="", predicate="", object="", quantity=amount)


def _path(path: Sequence[Fact], phrasing: Phrasing) -> Sentence:
    def head(naming: Naming) -> str:
        said = [phrasing.statement(fact, naming) for fact in path]
        return text("list_separator", naming.language).join(said)

    return Sentence(head, facts=tuple(path))


def _held(known: Mapping[str, Fact], which: tuple[str, ...]) -> tuple[Fact, ...]:
    return tuple(known[fact] for fact in which if fact in known)


def checked_sentences(
    verdicts: Sequence[ClaimVerdict],
    known: Mapping[str, Fact],
    phrasing: Phrasing,
    *,
    with_word: bool,
    either: bool = False,
) -> tuple[Sentence, ...]:
    """Return what the graph says to a yes-or-no question: the facts that hold, or those that hold instead."""
    sentences: list[Sentence] = []
    language = phrasing.language
    # On safety a bare yes or no can be read the wrong way round (可以同用吗 against 是否相反): the facts speak there.
    relations = phrasing.pack.schema.relations
    with_word = with_word and all(relations[v.claim.predicate].criticality is not Criticality.SAFETY for v in verdicts)
    decided = [v for v in verdicts if v.verdict in (Verdict.SUPPORTED, Verdict.REFUTED) or v.refuting]
    if not decided:
        return ()
    if with_word:
        if (any if either else all)(v.verdict is Verdict.SUPPORTED for v in decided):
            sentences.append(note("yes", language))
        elif any(v.verdict is Verdict.REFUTED for v in decided):
            sentences.append(note("no", language))
    for verdict in decided:
        if amount := verdict.claim.quantity:
            key = "within_range" if verdict.verdict is Verdict.SUPPORTED else "over_limit"
            sentences.append(note(key, language, value=f"{amount.high:g}", unit=amount.unit))
        if verdict.verdict is Verdict.SUPPORTED:
            held = _held(known, verdict.supporting)
            sentences += [Sentence(partial(phrasing.statement, fact), facts=(fact,)) for fact in held]
        else:
            sentences += refuted_sentences(verdict, known, phrasing)
    return tuple(_once(sentences))


def _once(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Keep the first of the sentences that rest on the same facts."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for sentence in sentences:
        key = tuple(fact.id for fact in sentence.all_facts())
        if key and key in seen:
            continue
        seen.add(key)
        kept.append(sentence)
    return kept


def refuted_sentences(verdict: ClaimVerdict, known: Mapping[str, Fact], phrasing: Phrasing) -> list[Sentence]:
    """Return what the graph holds instead of a refuted claim: the refuting facts of one subject as one list."""
    refuting = _held(known, verdict.refuting)
    if not refuting:
        return []
    claim, relation = verdict.claim, phrasing.pack.schema.relations.get(verdict.claim.predicate)
    own = [fact for fact in refuting if fact.subject == claim.subject and fact.predicate == claim.predicate]
    if relation is not None and not relation.symmetric and own:
        step = Step(claim.predicate)
        items = tuple(Item(partial(_said, phrasing, (fact,), fact.object), (fact,)) for fact in own[:MOST_ITEMS])

        def head(naming: Naming) -> str:
            words = phrasing.noun(Expand(Anchor((claim.subject,)), step), naming)
            return text("instead", naming.language, statement=words)

        return [Sentence(head, items)]
    return [Sentence(partial(phrasing.statement, fact), facts=(fact,)) for fact in refuting]


def finding_sentences(
    findings: Sequence[Finding], known: Mapping[str, Fact], language: str, *, said: frozenset[str], whole: bool = False
) -> tuple[Sentence, ...]:
    """Return one warning a finding, worst first, at most five; `said` are the facts that the answer states already.

    Without `whole` what is mild and concerns only a part of what was named is left out.
    """
    sentences = []
    told: set[str] = set()
    for finding in [f for f in findings if whole or _is_pressing(f, known)][:_MOST_FINDINGS]:
        rested = tuple(known[fact] for fact in finding.facts if fact in known)
        words = [] if said >= {fact.id for fact in rested} else [finding.message]
        if finding.management and finding.management not in told:
            words.append(finding.management)
            told.add(finding.management)
        if words and rested:
            trimmed = _end(language).join(word.rstrip("。. ") for word in words)
            is_note = finding.message not in words
            full = trimmed + text("sentence_end", language) if is_note else trimmed
            sentences.append(Sentence(partial(constant, full), facts=() if is_note else rested, is_note=is_note))
    return tuple(sentences)


def _is_pressing(finding: Finding, known: Mapping[str, Fact]) -> bool:
    """Say whether a finding belongs in the text: what is worth knowing only, or mild and of a part, does not."""
    if finding.severity is Severity.INFO:
        return False
    rested = (known[fact] for fact in finding.facts if fact in known)
    is_of_part = any(fact.subject in finding.subjects and fact.object in finding.subjects for fact in rested)
    through = is_of_part and finding.kind is not CheckKind.INTERACTION
    return not through or finding.severity in (Severity.MAJOR, Severity.CONTRAINDICATED)


def _end(language: str) -> str:
    return "。" if language == "zh" else ". "
