"""Assembling claims: cues with their ends, scope and amounts, clause by clause; what it is about is carried over."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kg.model import Scalar
from kg.schema import Relation, Schema
from reasoning.answer import Quantity, Reason, Verdict
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends, ends_of, group_after, group_before, names_of
from reasoning.claims.quantities import count_in
from reasoning.claims.scope import Clause, is_denied, is_doubted, stance, strength_of
from reasoning.claims.segments import Token
from reasoning.claims.statements import Cue, MarkKind, Mode, Statements

__all__ = ["Assembly", "Topic", "assemble"]

_MOST_DRAFTS: Final = 400  # of one sentence; a longer list is cut, and the sentence is only partly checked


@dataclass(frozen=True, slots=True)
class Topic:
    """What the text is about, for a clause or sentence that names no subject."""

    names: tuple[Token, ...] = ()
    is_sure: bool = True


@dataclass(slots=True)
class Assembly:
    """The claims of a sentence so far. `used` are the tokens that they rest on."""

    schema: Schema
    statements: Statements
    qualifiers: tuple[tuple[str, Scalar], ...] = ()
    topic: Topic = field(default_factory=Topic)
    drafts: list[Draft] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    frame: "tuple[Cue, tuple[Token, ...], bool] | None" = None
    is_truncated: bool = False
    doubts: bool = False
    choices: int = 0
    pending: "tuple[Cue, Ends, Token] | None" = None


def assemble(found: Iterable[Clause], assembly: Assembly) -> None:
    """Read the clauses of one sentence in order; the result is in `assembly`."""
    for clause in _merged(found):
        _read(clause, assembly)
        if len(assembly.drafts) > _MOST_DRAFTS:
            del assembly.drafts[_MOST_DRAFTS:]
            assembly.is_truncated = True
            return


def _merged(found: Iterable[Clause]) -> Iterator[Clause]:
    """Join clauses that say something only together: A, B and C are warm; by mouth, 3 g a day."""
    held: Clause | None = None
    for clause in _with_lists(found):
        if held is not None and _only_amount(clause) and not any(token.amount for token in held.tokens):
            held = Clause((*held.tokens, *clause.tokens), held.follows_comma, held.contrasts)
            continue
        if held is not None:
            yield held
        held = clause
    if held is not None:
        yield held


def _only_amount(clause: Clause) -> bool:
    has_amount = any(token.amount for token in clause.tokens)
    return has_amount and not any(token.named or token.unknown for token in clause.tokens)


def _with_lists(found: Iterable[Clause]) -> Iterator[Clause]:
    held: Clause | None = None
    is_first = True
    for clause in found:
        whole = clause
        if held is not None:
            whole = Clause((*held.tokens, *clause.tokens), held.follows_comma, held.contrasts)
            held = None
        if is_first and _only_names(whole):
            held = whole
            continue
        is_first = False
        yield whole
    if held is not None:
        yield held


def _only_names(clause: Clause) -> bool:
    named = any(token.named or token.unknown for token in clause.tokens)
    return named and all(
        token.named or token.unknown or token.is_break or (token.is_filler and not token.has(MarkKind.NEGATION))
        for token in clause.tokens
    )


def _read(clause: Clause, assembly: Assembly) -> None:
    tokens = tuple(_with_strangers(clause.tokens))
    clause = replace(clause, tokens=tokens)
    if assembly.pending is not None and _settle(clause, assembly):
        return
    if is_doubted(tokens):
        assembly.doubts = True
        _set_topic(tokens, assembly)
        return
    cues = [position for position, token in enumerate(tokens) if token.cues]
    before = len(assembly.drafts)
    if not cues and assembly.frame is not None and _extends(clause, assembly):
        return
    last: list[tuple[int, Cue, Sequence[Token], Sequence[Token]]] = []
    own_topic = group_before(tokens[: cues[0]] if cues else tokens, _things(assembly.schema))
    start = 0
    for position in cues:
        left, right = tokens[start:position], _until_next(tokens, position, cues)
        stated = len(assembly.drafts)
        for cue in tokens[position].cues:
            if cue.is_last:
                last.append((position, cue, tokens[:position], right))
            else:
                _state(cue, position, left, right, clause, assembly)
        if len(assembly.drafts) > stated:
            _as_choice(assembly, stated)
            start = position + 1
    _bare(clause, assembly)
    if len(assembly.drafts) == before:
        for position, cue, left, right in last:
            _state(cue, position, left, right, clause, assembly)
    if own_topic and len(assembly.drafts) == before:
        assembly.topic = Topic(own_topic)


def _with_strangers(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens; what nothing explains but stands in a list of names is an unknown name."""
    for at, token in enumerate(tokens):
        plain = not (token.named or token.unknown or token.cues or token.is_filler or token.is_break or token.amount)
        if plain and (_lists(tokens, at, -1) or _lists(tokens, at, 1)):
            yield replace(token, unknown=token.text[:40])
        else:
            yield token


def _lists(tokens: Sequence[Token], at: int, step: int) -> bool:
    """Say whether a joint and a name stand next to a token on one side, and nothing but a joint on the other."""
    joint, name, other = at + step, at + 2 * step, at - step
    if not 0 <= name < len(tokens) or not tokens[joint].has(MarkKind.JOINT) or tokens[name].named is None:
        return False
    return not 0 <= other < len(tokens) or tokens[other].has(MarkKind.JOINT) or bool(tokens[other].cues)


def _until_next(tokens: Sequence[Token], position: int, cues: Sequence[int]) -> Sequence[Token]:
    """Return what follows a cue, up to the next one after a name."""
    for other in cues:
        if other > position and any(token.named or token.unknown for token in tokens[position + 1 : other]):
            return tokens[position + 1 : other]
    return tokens[position + 1 :]


def _as_choice(assembly: Assembly, since: int) -> None:
    """Make claims of several relations on the same two ends alternatives: one word was meant as one of them."""
    by_ends: dict[tuple[str, str, str], list[int]] = {}
    for number in range(since, len(assembly.drafts)):
        draft = assembly.drafts[number]
        if draft.subject and draft.object and draft.quantity is None:
            ends = sorted((draft.subject, draft.object))
            by_ends.setdefault((ends[0], ends[1], ""), []).append(number)
    for numbers in by_ends.values():
        if len({assembly.drafts[number].predicate for number in numbers}) > 1:
            assembly.choices += 1
            for number in numbers:
                assembly.drafts[number] = replace(assembly.drafts[number], choice=assembly.choices)


def _state(  # noqa: PLR0913, PLR0917  a cue and what stands around it
    cue: Cue, position: int, left: Sequence[Token], right: Sequence[Token], clause: Clause, assembly: Assembly
) -> None:
    """Add what one cue states, if it states anything here."""
    tokens = clause.tokens
    if cue.context and not any(value == cue.context for t in tokens for value, _ in t.values(MarkKind.CONTEXT)):
        return
    relation = assembly.schema.relations[cue.relation]
    if inside := _bracketed(tokens, position, relation):
        left, right = inside, ()
    topic = _topic(assembly, relation)
    ends = ends_of(cue, left, right, relation, assembly.schema, topic=topic)
    if not ends.subjects:
        # The subject may stand before an earlier cue of the clause.
        earlier = group_before(tokens[:position], set(relation.subjects))
        ends = replace(ends, subjects=tuple(name for name in earlier if name not in ends.objects))
    if not ends.subjects:
        return
    first = min((name.start for name in ends.objects if name.start > tokens[position].start), default=None)
    between = [token for token in right if first is not None and token.start < first]
    beside = [*left, *between]
    marks = _marks(tokens, position, left, right)
    if cue.mode is Mode.PROHIBITED:
        warned = stance(tokens)
        if warned is None:
            assembly.pending = (cue, ends, tokens[position])
            return
        _emit(cue, ends, tokens[position], clause, assembly, denied=not warned, marks=marks)
        return
    denied = is_denied(beside)
    assembly.frame = (cue, ends.subjects, denied)
    _emit(cue, ends, tokens[position], clause, assembly, denied=denied, marks=marks)


def _settle(clause: Clause, assembly: Assembly) -> bool:
    """Read a verdict that follows what it is about: used together, there is no problem."""
    assert assembly.pending is not None  # noqa: S101
    cue, ends, at = assembly.pending
    assembly.pending = None
    if names_of(clause.tokens, _things(assembly.schema)) or any(
        other.mode is not Mode.PROHIBITED and not other.is_last for token in clause.tokens for other in token.cues
    ):
        return False
    warned = stance(clause.tokens)
    if warned is None or is_doubted(clause.tokens):
        return False
    assembly.used |= {token.start for token in clause.tokens}
    _emit(cue, ends, at, clause, assembly, denied=not warned, marks=clause.tokens)
    return True


def _bracketed(tokens: Sequence[Token], position: int, relation: Relation) -> tuple[Token, ...]:
    """Return what a cue in brackets speaks of: the name before the bracket, and everything before that."""
    opened = [at for at in range(position) if tokens[at].is_break and tokens[at].text in "(（[【"]
    if not opened:
        return ()
    at = opened[-1]
    if any(token.is_break and token.text in ")）]】" for token in tokens[at:position]):
        return ()
    if names_of(tokens[at:position], {*relation.objects, *relation.subjects}):
        return ()
    return tuple(tokens[max(0, at - 2) : at])


def _marks(tokens: Sequence[Token], position: int, left: Sequence[Token], right: Sequence[Token]) -> tuple[Token, ...]:
    return (*left, tokens[position], *right)


def _extends(clause: Clause, assembly: Assembly) -> bool:
    """Go on with the list of the last cue, if the clause names nothing else."""
    assert assembly.frame is not None  # noqa: S101
    cue, subjects, denied = assembly.frame
    relation = assembly.schema.relations[cue.relation]
    names = [token for token in clause.tokens if token.named]
    strangers = [token for token in clause.tokens if token.unknown]
    if cue.object or cue.mode is not Mode.PLAIN or not names or strangers:
        return False
    if not all(token.named is not None and token.named.of(relation.objects) for token in names):
        return False
    if is_denied(clause.tokens) != clause.contrasts and any(t.has(MarkKind.NEGATION) for t in clause.tokens):
        denied = True
    elif clause.contrasts:
        denied = False
    ends = Ends(subjects, tuple(names))
    _emit(cue, ends, names[0], clause, assembly, denied=denied, marks=clause.tokens)
    return True


def _bare(clause: Clause, assembly: Assembly) -> None:
    """Add what values state by being named: very hot, toxic."""
    tokens = clause.tokens
    for position, token in enumerate(tokens):
        if token.named is None or token.start in assembly.used:
            continue
        for relation_id in sorted(assembly.statements.bare):
            relation = assembly.schema.relations[relation_id]
            if not token.named.of(relation.objects):
                continue
            subjects = set(relation.subjects)
            own = group_before(tokens[:position], subjects)
            own = own or tuple(name for name in tokens[:position] if name.unknown)[-1:]
            own = own or group_after(tokens[position + 1 :], subjects) or _topic(assembly, relation)
            if not own:
                continue
            scope = _since_statement(tokens, position, assembly)
            if relation.quantity:
                following = names_of(tokens[position + 1 :], relation.objects)
                stop = following[0].start if following else clause.end
                scope = tuple(other for other in tokens[position + 1 :] if other.start < stop)
            cue = Cue(relation_id)
            _emit(cue, Ends(own, (token,)), token, clause, assembly, denied=is_denied(scope), marks=scope)


def _since_statement(tokens: Sequence[Token], position: int, assembly: Assembly) -> tuple[Token, ...]:
    """Return the words before a value since the last thing that was stated: what denies it stands there."""
    start = position
    while start > 0 and not (tokens[start - 1].named and not _listed(tokens, start - 1, assembly)):
        start -= 1
    return tuple(tokens[start:position])


def _listed(tokens: Sequence[Token], at: int, assembly: Assembly) -> bool:
    """Say whether the name at `at` is a value like those in a list with it."""
    token = tokens[at]
    joined = at + 1 < len(tokens) and tokens[at + 1].has(MarkKind.JOINT)
    types = assembly.schema.types
    return joined and token.named is not None and all(types[kind].is_value for kind in token.named.kinds)


def _emit(  # noqa: PLR0913  everything that a claim is made of
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
    base = Draft(start, end, predicate=cue.relation, negated=denied)
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
        made += _with_objects(own, cue, ends, relation)
        made += _counts(cue, own, ends, marks)
    amounts = _amounts(marks) if relation.quantity else []
    if relation.quantity and not amounts and (not ends.objects or relation.id not in assembly.statements.bare):
        return
    if amounts:
        made = [replace(draft, quantity=amount) for draft in made for amount in amounts]
        assembly.used |= {token.start for token in marks if token.amount or token.has(MarkKind.UPPER, MarkKind.LOWER)}
    made = [replace(d, qualifiers=tuple(sorted({**qualifiers, **dict(d.qualifiers)}.items()))) for d in made]
    if not made:
        return
    assembly.drafts += made
    assembly.used |= {token.start for token in (*ends.subjects, *ends.objects, at)}
    assembly.used |= {t.start for t in clause.tokens if any(other.relation == cue.relation for other in t.cues)}
    assembly.topic = Topic(tuple(ends.subjects)) if ends.subjects else assembly.topic


@dataclass(frozen=True, slots=True)
class _End:
    """What one end of a claim turned out to be, and what is wrong with it if it is no entity."""

    id: str
    verdict: Verdict | None = None
    reason: Reason | None = None
    why: str = ""
    about: str = ""


def _identified(token: Token, types: Sequence[str]) -> _End:
    if token.named is None:
        return _End("", Verdict.NOT_ENOUGH_EVIDENCE, Reason.UNLINKED, "claim_unlinked", token.unknown)
    ids = token.named.of(types) or token.named.ids
    if len(ids) == 1:
        return _End(ids[0])
    about = "\n".join((token.named.text, *ids))
    return _End("", Verdict.NOT_CHECKABLE, Reason.AMBIGUOUS, "claim_ambiguous", about)


def _of_subject(base: Draft, end: _End) -> Draft:
    if end.verdict is None:
        return replace(base, subject=end.id)
    return replace(base, verdict=end.verdict, reason=end.reason, why=end.why, about=end.about)


def _with_objects(own: Draft, cue: Cue, ends: Ends, relation: Relation) -> Iterator[Draft]:
    """Yield a claim for each object; for the one that a cue means, or for any or none at all, where none is named."""
    denied = own.negated
    if cue.object:
        if cue.mode is Mode.PROHIBITED and denied:
            yield replace(own, negated=False, qualifiers=(("quantifier", "none"),))
        else:
            yield replace(own, object=cue.object)
        return
    names = [token for token in ends.objects if token not in ends.subjects]
    for token in names:
        end = _identified(token, relation.objects)
        draft = replace(own, object=end.id)
        if end.verdict is not None and own.verdict is None:
            draft = replace(draft, verdict=end.verdict, reason=end.reason, why=end.why, about=end.about)
        yield draft
    if names:
        return
    if cue.fallback:
        yield replace(own, object=cue.fallback)
    elif cue.quantifier in {"any", "none"}:
        is_none = denied != (cue.quantifier == "none")
        yield replace(own, negated=False, qualifiers=(("quantifier", "none" if is_none else "any"),))


def _counts(cue: Cue, own: Draft, ends: Ends, marks: Sequence[Token]) -> Iterator[Draft]:
    """Yield the claim of how many there are: said with a number, or by a list that is meant to be whole."""
    if own.negated or own.verdict is not None:
        return
    total = _number(marks) if cue.quantifier == "count" or cue.is_complete else None
    only = any(token.has(MarkKind.ONLY) for token in marks)
    is_open = any(token.has(MarkKind.OPEN_LIST) for token in marks)
    if total is None and (only or cue.is_complete) and len(ends.objects) > 1 and not is_open:
        total = len(ends.objects)
    if total is not None:
        yield replace(own, quantity=Quantity(float(total), float(total), ""), qualifiers=(("quantifier", "count"),))


def _number(tokens: Sequence[Token]) -> int | None:
    for position, token in enumerate(tokens):
        if token.has(MarkKind.COUNTED) and position:
            return count_in(tokens[position - 1].text)
    return None


def _amounts(tokens: Sequence[Token]) -> list[Quantity]:
    """Return the amounts among tokens, with the words for a limit before or after them taken in."""
    found: list[Quantity] = []
    for position, token in enumerate(tokens):
        if token.amount is None:
            continue
        around = [other for other in tokens[max(0, position - 2) : position + 2] if other is not token]
        amount = token.amount
        if amount.low == amount.high:
            if any(other.has(MarkKind.UPPER) for other in around):
                amount = replace(amount, low=None)
            elif any(other.has(MarkKind.LOWER) for other in around):
                amount = replace(amount, high=None)
        basis = next((d for t in tokens for q, d in t.values(MarkKind.VALUE) if q == "basis"), "")
        found.append(replace(amount, basis=basis))
    return found


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


def _topic(assembly: Assembly, relation: Relation) -> tuple[Token, ...]:
    if not assembly.topic.is_sure:
        return ()
    return names_of(assembly.topic.names, relation.subjects, unknown=True)


def _things(schema: Schema) -> frozenset[str]:
    """Return the types that a text may be about: whatever is no value and has facts of its own."""
    subjects = {kind for relation in schema.relations.values() for kind in relation.subjects}
    return frozenset(kind for kind in subjects if not schema.types[kind].is_value)


def _set_topic(tokens: Sequence[Token], assembly: Assembly) -> None:
    if names := group_before(tokens, _things(assembly.schema)):
        assembly.topic = Topic(names)
