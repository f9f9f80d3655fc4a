"""Claims in the making: one for each pair of ends of a cue, with what the words say of how it is meant."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kg.model import Scalar
from kg.schema import Relation
from reasoning.answer import Reason, Verdict
from reasoning.claims.assembly import CHOICES, Assembly, Topic
from reasoning.claims.counts import counts
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends
from reasoning.claims.quantities import count_in
from reasoning.claims.scope import Clause, strength_of
from reasoning.claims.sizes import sized
from reasoning.claims.statements import Cue, MarkKind, Mode
from reasoning.claims.token import Token

__all__ = ["by_leave", "emit"]


def emit(  # noqa: PLR0913  everything that a claim is made of
    cue: Cue, ends: Ends, at: Token, clause: Clause, assembly: Assembly, *, denied: bool, marks: Sequence[Token]
) -> None:
    """Add one claim for each pair of ends."""
    relation = assembly.schema.relations[cue.relation]
    denied ^= cue.is_denied
    qualifiers = dict(assembly.qualifiers)
    qualifiers.update(strength_of(clause.tokens))
    qualifiers.update(cue.qualifiers)
    qualifiers.update(_values(marks, relation))
    start, end = _span(clause, ends, at)
    counts_if = Verdict(cue.counts_if) if cue.counts_if else None
    base = Draft(start, end, predicate=cue.relation, negated=denied, counts_if=counts_if)
    silent = any(token.has(MarkKind.SILENCE) for token in clause.tokens)
    if silent:
        base = replace(
            base,
            negated=True,
            verdict=Verdict.NOT_ENOUGH_EVIDENCE,
            reason=Reason.ABSENCE_IS_NOT_EVIDENCE,
            why="claim_silence",
        )
    made: list[Draft] = []
    for token in ends.subjects:
        own = _of_subject(base, _identified(token, relation.subjects))
        if token.named is not None and not token.named.of(relation.subjects):
            own = replace(own, qualifiers=(("quantifier", "all"),))
        for draft, at_object in _with_objects(own, _by_strictness(cue, marks, assembly), ends, relation):
            made += sized(draft, at_object, ends, marks, assembly, cue.unit) if relation.quantity else [draft]
        made += () if relation.quantity else counts(cue, own, ends, marks, assembly)
    made = [d for d in made if not d.object or d.object != d.subject]
    if _is_limited(cue, ends, marks, relation):
        qualifiers["quantifier"] = "only"
    made = [replace(d, qualifiers=tuple(sorted({**qualifiers, **dict(d.qualifiers)}.items()))) for d in made]
    if not made:
        return
    assembly.drafts += made
    assembly.stated |= {(token.start, relation.id) for token in ends.objects}
    assembly.used |= {token.start for token in (*ends.subjects, *ends.objects, at)}
    assembly.used |= {t.start for t in clause.tokens if any(other.relation == cue.relation for other in t.cues)}
    by_ids = {token.named.ids if token.named else token.unknown: token for token in reversed(ends.subjects)}
    assembly.topic = Topic(tuple(reversed(by_ids.values()))) if by_ids else assembly.topic


def by_leave(cue: Cue, ends: Ends, at: Token, clause: Clause, assembly: Assembly) -> None:
    """Add what leave to use something states: what may be used for a complaint is for it."""
    if not cue.leave:
        return
    relation = assembly.schema.relations[cue.leave]
    objects = tuple(token for token in ends.objects if token.named is not None and token.named.of(relation.objects))
    subjects = tuple(token for token in ends.subjects if token.named is not None and token.named.of(relation.subjects))
    if objects and subjects:
        emit(Cue(cue.leave), Ends(subjects, objects), at, clause, assembly, denied=False, marks=())


def _is_limited(cue: Cue, ends: Ends, marks: Iterable[Token], relation: Relation) -> bool:
    """Say whether words limit a relation to its one object: enters only this channel. Of several, the list counts."""
    is_plain = not relation.quantity and cue.mode is not Mode.PROHIBITED and not cue.quantifier and not cue.is_complete
    if not is_plain or len(ends.objects) != 1 or not ends.subjects:
        return False
    own = [token.end for token in ends.subjects if token.start < ends.objects[0].start]
    limits = [token for token in marks if token.has(MarkKind.ONLY) and token.start >= max(own, default=0)]
    return bool(limits) and not any(_is_number(token) for token in marks)  # only three is said of how many


def _is_number(token: Token) -> bool:
    return token.has(MarkKind.COUNTED) or count_in(token.text) is not None


@dataclass(frozen=True, slots=True)
class _End:
    """What one end of a claim turned out to be, and what is wrong with it if it is no entity."""

    id: str
    verdict: Verdict | None = None
    reason: Reason | None = None
    why: str = ""
    about: str = ""
    ids: tuple[str, ...] = ()


def _identified(token: Token, types: Sequence[str]) -> _End:
    if token.named is None:
        return _End("", Verdict.NOT_ENOUGH_EVIDENCE, Reason.UNLINKED, "claim_unlinked", token.unknown)
    ids = token.named.of(types) or token.named.ids
    if len(ids) == 1:
        return _End(ids[0])
    about = "\n".join((token.named.text, *ids))
    return _End("", Verdict.NOT_CHECKABLE, Reason.AMBIGUOUS, "claim_ambiguous", about, ids)


def _of_subject(base: Draft, end: _End) -> Draft:
    if end.verdict is None:
        return replace(base, subject=end.id)
    return replace(base, verdict=end.verdict, reason=end.reason, why=end.why, about=end.about, subjects=end.ids)


def _by_strictness(cue: Cue, marks: Iterable[Token], assembly: Assembly) -> Cue:
    """Return a cue that a warning states, with every level of it as what may be meant where the words do not say."""
    if cue.mode is not Mode.PROHIBITED or not cue.object or not cue.context:
        return cue
    if not any(token.has(MarkKind.MILD) for token in marks):
        return cue
    levels = (other.object for found in assembly.statements.cues.values() for other in found if _is_level(other, cue))
    return replace(cue, fallback=tuple(dict.fromkeys((cue.object, *levels))))


def _is_level(other: Cue, cue: Cue) -> bool:
    return bool(other.object) and (other.relation, other.context) == (cue.relation, cue.context)


def _with_objects(own: Draft, cue: Cue, ends: Ends, relation: Relation) -> Iterator[tuple[Draft, Token | None]]:
    """Yield a claim for each object; for the one that a cue means, or for any or none at all, where none is named."""
    denied = own.negated
    if cue.object:
        if cue.mode is Mode.PROHIBITED and denied and relation.functional:
            yield replace(own, negated=False, qualifiers=(("quantifier", "none"),)), None
        else:
            choice = next(CHOICES) if cue.fallback else 0  # one of these, whichever the graph has
            for meant in cue.fallback or (cue.object,):
                yield replace(own, object=meant, choice=choice), None
        return
    names = [token for token in ends.objects if token not in ends.subjects]
    for token in names:
        end = _identified(token, relation.objects)
        draft = replace(own, object=end.id, objects=end.ids)
        if end.verdict is not None and own.verdict is None:
            draft = replace(draft, verdict=end.verdict, reason=end.reason, why=end.why, about=end.about)
        yield draft, token
    if names:
        return
    if cue.fallback:
        # Negative: the first of them that the graph says something of.
        choice = -next(CHOICES) if len(cue.fallback) > 1 else 0
        for meant in cue.fallback:
            yield replace(own, object=meant, choice=choice), None
    elif cue.quantifier in {"any", "none"}:
        is_none = denied != (cue.quantifier == "none")
        yield replace(own, negated=False, qualifiers=(("quantifier", "none" if is_none else "any"),)), None


def _values(tokens: Iterable[Token], relation: Relation) -> dict[str, Scalar]:
    """Return the qualifiers that words name, of those that the relation's facts carry and no amount has taken."""
    found: dict[str, Scalar] = {}
    for token in tokens:
        for qualifier, value in token.values(MarkKind.VALUE):
            if qualifier in relation.qualifiers and not (relation.quantity and qualifier == "basis"):
                found.setdefault(qualifier, value)
    return found


def _span(clause: Clause, ends: Ends, at: Token) -> tuple[int, int]:
    tokens = [at, *ends.objects, *(name for name in ends.subjects if clause.start <= name.start < clause.end)]
    inside = [token for token in tokens if clause.start <= token.start < clause.end] or [clause.tokens[0]]
    return min(token.start for token in inside), max(clause.end, *(token.end for token in inside))
