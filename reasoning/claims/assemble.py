"""Assembling claims: cues with their ends, scope and amounts, clause by clause; what it is about is carried over."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kg.model import Scalar
from kg.schema import Relation, Schema
from reasoning.answer import Quantity, Reason, Verdict
from reasoning.claims.content import has_content
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends, ends_of, group_after, group_before, names_of
from reasoning.claims.quantities import count_in
from reasoning.claims.scope import Clause, is_denied, is_doubted, stance, strength_of
from reasoning.claims.segments import Token
from reasoning.claims.statements import Cue, MarkKind, Mode, Statements

__all__ = ["Assembly", "Topic", "assemble"]

_CHOICES: Final = itertools.count(1)  # names for groups of claims that say the same in other terms
_MOST_CUES: Final = 40  # of one clause; what follows is not read
_LONGEST_CLAUSE: Final = 300  # tokens; no more is joined to it
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
    stated: set[tuple[int, str]] = field(default_factory=set)  # what a relation has been read from
    frames: "list[tuple[Cue, tuple[Token, ...], bool]]" = field(default_factory=list)
    lists: "dict[tuple[str, str], tuple[Draft, set[str], bool]]" = field(default_factory=dict)  # meant to be whole
    is_truncated: bool = False
    doubts: bool = False
    pending: "list[tuple[Cue, Ends, Token]]" = field(default_factory=list)
    is_suspended: bool = False  # what follows holds only in a special case


def assemble(found: Iterable[Clause], assembly: Assembly) -> None:
    """Read the clauses of one sentence in order; the result is in `assembly`."""
    for clause in _merged(found):
        _read(clause, assembly)
        if len(assembly.drafts) > _MOST_DRAFTS:
            del assembly.drafts[_MOST_DRAFTS:]
            assembly.is_truncated = True
            return
    for base, members, is_open in assembly.lists.values():
        if len(members) > 1 and not is_open:
            assembly.drafts.append(_count(base, len(members)))


def _merged(found: Iterable[Clause]) -> Iterator[Clause]:
    """Join clauses that say something only together: A, B and C are warm; by mouth, 3 g a day."""
    held: Clause | None = None
    for clause in _with_lists(found):
        fits = held is not None and len(held.tokens) < _LONGEST_CLAUSE
        if held is not None and fits and _only_amount(clause) and not any(token.amount for token in held.tokens):
            held = _joined(held, clause)
            continue
        if held is not None:
            yield held
        held = clause
    if held is not None:
        yield held


def _joined(first: Clause, second: Clause) -> Clause:
    comma = Token(first.end, first.end, ",", is_break=True)
    return Clause((*first.tokens, comma, *second.tokens), first.follows_comma, first.contrasts)


def _only_amount(clause: Clause) -> bool:
    has_amount = any(token.amount for token in clause.tokens)
    return has_amount and not any(token.named or token.unknown for token in clause.tokens)


def _with_lists(found: Iterable[Clause]) -> Iterator[Clause]:
    held: Clause | None = None
    is_first = True
    for clause in found:
        whole = clause
        if held is not None:
            whole = _joined(held, clause)
            held = None
        if len(whole.tokens) < _LONGEST_CLAUSE and ((is_first and _only_names(whole)) or _only_cue(whole)):
            held = whole
            continue
        is_first = False
        yield whole
    if held is not None:
        yield held


def _only_cue(clause: Clause) -> bool:
    """Say whether a clause is nothing but the heading of what follows: 【归经】."""
    return any(token.cues for token in clause.tokens) and all(token.is_filler or token.cues for token in clause.tokens)


def _only_names(clause: Clause) -> bool:
    named = any(token.named or token.unknown for token in clause.tokens)
    return named and all(
        token.named
        or token.unknown
        or token.is_break
        or token.amount
        or (token.is_filler and not token.cues and not token.has(MarkKind.NEGATION))
        for token in clause.tokens
    )


def _read(clause: Clause, assembly: Assembly) -> None:
    tokens = tuple(_with_strangers(clause.tokens))
    clause = replace(clause, tokens=tokens)
    if assembly.pending and _settle(clause, assembly):
        return
    assembly.is_suspended |= any(token.has(MarkKind.CIRCUMSTANCE) for token in tokens)
    if assembly.is_suspended or is_doubted(tokens):
        assembly.doubts = True
        _set_topic(tokens, assembly)
        return
    cues = [position for position, token in enumerate(tokens) if token.cues]
    before = len(assembly.drafts)
    if not cues and assembly.frames and _extends(clause, assembly):
        return
    own_topic = group_before(tokens[: cues[0]] if cues else tokens, _things(assembly.schema))
    assembly.is_truncated |= len(cues) > _MOST_CUES
    _by_cues(clause, cues[:_MOST_CUES], assembly)
    if not cues:
        _listed_after_colon(clause, assembly)
    _bare(clause, assembly)
    if len(assembly.drafts) == before:
        for position in cues[:_MOST_CUES]:
            for cue in tokens[position].cues:
                if cue.is_last:
                    later = _until_next(tokens, position, cues)
                    _state(cue, position, tokens[:position], later, clause, assembly)
    _bare_amounts(clause, assembly)
    if own_topic and len(assembly.drafts) == before:
        assembly.topic = Topic(own_topic)


def _bare_amounts(clause: Clause, assembly: Assembly) -> None:
    """Add what a range right after a name states: how much of it is used, in the way that is meant without a word."""
    tokens = clause.tokens
    for position, token in enumerate(tokens):
        amount = token.amount
        is_range = amount is not None and bool(amount.unit) and amount.low != amount.high
        if not position or not is_range or token.start in assembly.used or tokens[position - 1].named is None:
            continue
        for cue in assembly.statements.sized:
            own = names_of(tokens[position - 1 : position], assembly.schema.relations[cue.relation].subjects)
            if own:
                _emit(cue, Ends(own, ()), token, clause, assembly, denied=False, marks=(token,))
                break


def _by_cues(clause: Clause, cues: Sequence[int], assembly: Assembly) -> None:
    """Add what the cues of a clause state, from left to right."""
    tokens, start = clause.tokens, 0
    for position in cues:
        left, right = tokens[start:position], _until_next(tokens, position, cues)
        stated = len(assembly.drafts)
        held, assembly.frames = assembly.frames, []
        for cue in tokens[position].cues:
            if not cue.is_last:
                _state(cue, position, left, right, clause, assembly)
        assembly.frames = assembly.frames or held
        if len(assembly.drafts) > stated:
            _as_choice(assembly, stated)
            _drop_vague(assembly, stated)
            start = position + 1


def _with_strangers(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens; what nothing explains but stands in a list of names is an unknown name."""
    for at, token in enumerate(tokens):
        plain = not (token.named or token.unknown or token.cues or token.is_filler or token.is_break or token.amount)
        if plain and (_lists(tokens, at, -1) or _lists(tokens, at, 1)) and has_content(token.text):
            yield replace(token, unknown=token.text[:40])
        else:
            yield token


def _lists(tokens: Sequence[Token], at: int, step: int) -> bool:
    """Say whether a joint and a name stand next to a token on one side, and nothing but a joint on the other."""
    near = _past_amounts(tokens, at + step, step)
    name = _past_amounts(tokens, near + step, step)
    other = at - step
    if not 0 <= name < len(tokens) or not _separates(tokens[near]):
        return False
    if tokens[name].named is None and not tokens[name].unknown:
        return False
    return not 0 <= other < len(tokens) or bool(tokens[other].cues or tokens[other].amount) or _separates(tokens[other])


def _is_unread(token: Token) -> bool:
    known = token.named or token.unknown or token.cues or token.is_filler or token.is_break or token.amount
    return not known and count_in(token.text) is None and has_content(token.text)


def _past_amounts(tokens: Sequence[Token], at: int, step: int) -> int:
    while 0 <= at < len(tokens) and tokens[at].amount is not None:
        at += step
    return at


def _separates(token: Token) -> bool:
    return token.has(MarkKind.JOINT) or (token.is_break and token.text in ",，、")


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
            choice = next(_CHOICES)
            for number in numbers:
                assembly.drafts[number] = replace(assembly.drafts[number], choice=choice)


def _is_object(token: Token, assembly: Assembly) -> bool:
    return token.named is not None and any(start == token.start for start, _ in assembly.stated)


def _drop_vague(assembly: Assembly, since: int) -> None:
    """Leave out that there is any or none at all where the same word said of what."""
    own = assembly.drafts[since:]
    if any(draft.object or draft.about for draft in own):
        assembly.drafts[since:] = [d for d in own if d.object or d.about or d.quantity is not None]


def _listed_after_colon(clause: Clause, assembly: Assembly) -> None:
    """Add what a list after a name and a colon states, where such a list is meant to be all of something."""
    tokens = clause.tokens
    at = next((n for n, token in enumerate(tokens) if token.is_break and token.text in ":："), None)
    if not at or not tokens[at - 1].named or any(token.named for token in tokens[: at - 1]):
        return
    for cue in assembly.statements.whole:
        relation = assembly.schema.relations[cue.relation]
        whole, parts = names_of(tokens[:at], relation.subjects), names_of(tokens[at:], relation.objects)
        if whole and len(parts) > 1:
            _emit(cue, Ends(whole, parts), tokens[at - 1], clause, assembly, denied=False, marks=tokens[at:])
            _sizes_after(cue, Ends(whole, parts), clause, assembly, at)
            return


def _sizes_after(cue: Cue, ends: Ends, clause: Clause, assembly: Assembly, at: int) -> None:
    """Add the amounts of such a list, for the relation between the same types that states amounts."""
    own = assembly.schema.relations[cue.relation]
    for relation in assembly.schema.relations.values():
        if (
            relation.quantity
            and set(relation.subjects) <= set(own.subjects)
            and set(relation.objects) <= set(own.objects)
        ):
            sized = Cue(relation.id)
            _emit(sized, ends, clause.tokens[at - 1], clause, assembly, denied=False, marks=clause.tokens[at:])


def _state(  # noqa: PLR0913, PLR0917  a cue and what stands around it
    cue: Cue, position: int, left: Sequence[Token], right: Sequence[Token], clause: Clause, assembly: Assembly
) -> None:
    """Add what one cue states, if it states anything here."""
    tokens = clause.tokens
    if cue.context and not any(value == cue.context for t in tokens for value, _ in t.values(MarkKind.CONTEXT)):
        return
    relation = assembly.schema.relations[cue.relation]
    # What is the object of one statement is not the subject of the next one in the same clause.
    left = tuple(token for token in left if not _is_object(token, assembly))
    if inside := _bracketed(tokens, position, relation):
        left, right = inside, ()
    topic = _topic(assembly, relation)
    is_weak = bool(tokens[position].marks)
    ends = ends_of(cue, left, right, relation, topic=topic, is_weak=is_weak)
    if not ends.objects and not inside and not set(relation.subjects) & set(relation.objects):
        wider = ends_of(cue, left, tokens[position + 1 :], relation, topic=topic, is_weak=is_weak)
        ends = wider if names_of(wider.objects, relation.objects) else ends
    if not ends.subjects:
        # The subject may stand before an earlier cue of the clause.
        before = [token for token in tokens[:position] if not _is_object(token, assembly)]
        earlier = group_before(before, set(relation.subjects))
        ends = replace(ends, subjects=tuple(name for name in earlier if name not in ends.objects))
    if classes := _classes(tokens[:position], relation, assembly.schema):
        ends = replace(ends, subjects=classes)
    if not ends.subjects:
        return
    first = min((name.start for name in ends.objects if name.start > tokens[position].start), default=None)
    between = [token for token in right if first is not None and token.start < first]
    beside = [*left, *between]
    marks = _marks(tokens, position, left, right)
    if cue.mode is Mode.PROHIBITED:
        harm = min((token.start for token in right if token.has(MarkKind.HARM)), default=clause.end)
        ends = replace(ends, objects=tuple(t for t in ends.objects if t.start < harm))  # what it leads to is no end
        if not (ends.objects or cue.object):
            return
        warned = stance(tokens)
        if warned is None:
            assembly.pending.append((cue, ends, tokens[position]))
            return
        _emit(cue, ends, tokens[position], clause, assembly, denied=not warned, marks=marks)
        return
    denied = is_denied(beside)
    stated = len(assembly.drafts)
    _emit(cue, ends, tokens[position], clause, assembly, denied=denied, marks=marks)
    if len(assembly.drafts) > stated:
        assembly.frames.append((cue, ends.subjects, denied))


def _classes(tokens: Sequence[Token], relation: Relation, schema: Schema) -> tuple[Token, ...]:
    """Return the class of which all members are spoken of: all tonic herbs."""
    if not any(token.has(MarkKind.ALL) for token in tokens) or group_before(tokens, set(relation.subjects)):
        return ()
    kinds = {
        kind
        for other in schema.relations.values()
        if other.membership and set(other.subjects) & set(relation.subjects)
        for kind in other.objects
    }
    return group_before(tokens, kinds)


def _settle(clause: Clause, assembly: Assembly) -> bool:
    """Read a verdict that follows what it is about: used together, there is no problem."""
    pending, assembly.pending = assembly.pending, []
    if names_of(clause.tokens, _things(assembly.schema)) or any(
        other.mode is not Mode.PROHIBITED and not other.is_last for token in clause.tokens for other in token.cues
    ):
        return False
    warned = stance(clause.tokens)
    if warned is None or is_doubted(clause.tokens):
        return False
    assembly.used |= {token.start for token in clause.tokens}
    stated = len(assembly.drafts)
    for cue, ends, at in pending:
        _emit(cue, ends, at, clause, assembly, denied=not warned, marks=clause.tokens)
    return len(assembly.drafts) > stated


def _bracketed(tokens: Sequence[Token], position: int, relation: Relation) -> tuple[Token, ...]:
    """Return what a cue in brackets speaks of: the name before the bracket, and everything before that."""
    opened = [at for at in range(position) if tokens[at].is_break and tokens[at].text in "(（"]
    if not opened:
        return ()
    at = opened[-1]
    if any(token.is_break and token.text in ")）" for token in tokens[at:position]):
        return ()
    if names_of(tokens[at:position], {*relation.objects, *relation.subjects}):
        return ()
    return tuple(tokens[max(0, at - 2) : at])


def _marks(tokens: Sequence[Token], position: int, left: Sequence[Token], right: Sequence[Token]) -> tuple[Token, ...]:
    return (*left, tokens[position], *right)


def _extends(clause: Clause, assembly: Assembly) -> bool:
    """Go on with the lists of the last cue, if the clause names nothing else."""
    names = tuple(token for token in clause.tokens if token.named or token.unknown)
    if not any(token.named for token in names):
        return False
    extended = False
    for cue, subjects, was_denied in assembly.frames:
        relation = assembly.schema.relations[cue.relation]
        if cue.object or not all(token.unknown or _fits(token, relation) for token in names):
            continue
        if not relation.quantity and any(token.amount and token.amount.unit for token in clause.tokens):
            continue
        denies = is_denied(clause.tokens)
        denied = denies if denies or clause.contrasts else was_denied
        _emit(cue, Ends(subjects, names), names[0], clause, assembly, denied=denied, marks=clause.tokens)
        extended = True
    return extended


def _bare(clause: Clause, assembly: Assembly) -> None:
    """Add what values state by being named: very hot, toxic."""
    for position, token in enumerate(clause.tokens):
        if token.named is None:
            continue
        for relation_id in sorted(assembly.statements.bare):
            relation = assembly.schema.relations[relation_id]
            if (token.start, relation_id) not in assembly.stated and token.named.of(relation.objects):
                _bare_one(token, position, relation, clause, assembly)


def _bare_one(token: Token, position: int, relation: Relation, clause: Clause, assembly: Assembly) -> None:
    """Add what one name states; one of a thing has to follow its subject, and nothing has been read of it."""
    tokens, subjects = clause.tokens, set(relation.subjects)
    is_value = all(assembly.schema.types[kind].is_value for kind in relation.objects)
    if not is_value and not relation.quantity and token.start in assembly.used:
        return
    if relation.quantity and not is_value and not any(other.amount for other in tokens):
        return
    earlier = [other for other in tokens[:position] if not _is_object(other, assembly) or other.start == token.start]
    own = group_before(earlier, subjects) or tuple(name for name in earlier if name.unknown)[-1:]
    if not is_value and not relation.quantity:
        since = own[-1].end if own else clause.start
        between = [t for t in tokens[:position] if t.start >= since]
        if any(not (t.is_filler or t.is_break or _fits(t, relation)) or t.has(MarkKind.CONTEXT) for t in between):
            return
        own = own or _topic(assembly, relation)
    own = own or _classes(tokens[:position], relation, assembly.schema)
    own = own or group_after(tokens[position + 1 :], subjects) or _topic(assembly, relation)
    if not own:
        return
    scope = _since_statement(tokens, position, assembly)
    if relation.quantity:
        following = names_of(tokens[position + 1 :], relation.objects)
        stop = following[0].start if following else clause.end
        after = tuple(other for other in tokens[position + 1 :] if other.start < stop)
        before = tuple(other for other in tokens[:position] if not own or other.start >= own[-1].end)
        # 3 g by mouth; by mouth, 3 g
        scope = after if any(other.amount for other in after) or not any(t.amount for t in before) else before
    denied = is_denied(scope)
    _emit(Cue(relation.id), Ends(own, (token,)), token, clause, assembly, denied=denied, marks=scope)


def _fits(token: Token, relation: Relation) -> bool:
    return token.named is not None and bool(token.named.of(relation.objects))


def _since_statement(tokens: Sequence[Token], position: int, assembly: Assembly) -> tuple[Token, ...]:
    """Return the words before a value since the last thing that was stated: what denies it stands there."""
    start = position
    while start > 0 and not (_is_stated(tokens[start - 1], assembly) and not _listed(tokens, start - 1, assembly)):
        start -= 1
    return tuple(tokens[start:position])


def _is_stated(token: Token, assembly: Assembly) -> bool:
    """Say whether something has been stated of a token as an object."""
    types = assembly.schema.types
    is_value = token.named is not None and all(types[kind].is_value for kind in token.named.kinds)
    return is_value or any(start == token.start for start, _ in assembly.stated)


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
        if token.named is not None and not token.named.of(relation.subjects):
            own = replace(own, qualifiers=(("quantifier", "all"),))
        for draft, at_object in _with_objects(own, cue, ends, relation):
            made += _sized(draft, at_object, ends, marks, assembly, cue.unit) if relation.quantity else [draft]
        made += _counts(cue, own, ends, marks, assembly)
    made = [d for d in made if not d.object or d.object != d.subject]
    made = [replace(d, qualifiers=tuple(sorted({**qualifiers, **dict(d.qualifiers)}.items()))) for d in made]
    if not made:
        return
    assembly.drafts += made
    assembly.stated |= {(token.start, relation.id) for token in ends.objects}
    assembly.used |= {token.start for token in (*ends.subjects, *ends.objects, at)}
    assembly.used |= {t.start for t in clause.tokens if any(other.relation == cue.relation for other in t.cues)}
    by_ids = {token.named.ids if token.named else token.unknown: token for token in reversed(ends.subjects)}
    assembly.topic = Topic(tuple(reversed(by_ids.values()))) if by_ids else assembly.topic


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


def _with_objects(own: Draft, cue: Cue, ends: Ends, relation: Relation) -> Iterator[tuple[Draft, Token | None]]:
    """Yield a claim for each object; for the one that a cue means, or for any or none at all, where none is named."""
    denied = own.negated
    if cue.object:
        if cue.mode is Mode.PROHIBITED and denied:
            yield replace(own, negated=False, qualifiers=(("quantifier", "none"),)), None
        else:
            yield replace(own, object=cue.object), None
        return
    names = [token for token in ends.objects if token not in ends.subjects]
    for token in names:
        end = _identified(token, relation.objects)
        draft = replace(own, object=end.id)
        if end.verdict is not None and own.verdict is None:
            draft = replace(draft, verdict=end.verdict, reason=end.reason, why=end.why, about=end.about)
        yield draft, token
    if names:
        return
    if cue.fallback:
        # Negative: the first of them that the graph says something of.
        choice = -next(_CHOICES) if len(cue.fallback) > 1 else 0
        for meant in cue.fallback:
            yield replace(own, object=meant, choice=choice), None
    elif cue.quantifier in {"any", "none"}:
        is_none = denied != (cue.quantifier == "none")
        yield replace(own, negated=False, qualifiers=(("quantifier", "none" if is_none else "any"),)), None


def _sized(  # noqa: PLR0913, PLR0917  a claim, and where its amounts may stand
    draft: Draft, at: Token | None, ends: Ends, marks: Sequence[Token], assembly: Assembly, unit: str
) -> Iterator[Draft]:
    """Yield a claim with the amounts that belong to its object; none if the words state none."""
    amounts = _amounts(_beside(at, ends.objects, marks), unit)
    if not amounts:
        kinds = at.named.kinds if at is not None and at.named is not None else ()
        if kinds and all(assembly.schema.types[kind].is_value for kind in kinds):
            yield draft
        return
    assembly.used |= {t.start for t in marks if t.amount or t.has(MarkKind.UPPER, MarkKind.LOWER)}
    for amount, times in amounts:
        sized = replace(draft, quantity=amount)
        others = [basis for basis in assembly.statements.units.bases if basis != amount.basis]
        if times is None or len(others) != 1:
            yield sized
            continue
        # 0.6 g three times a day is 1.8 g a day: whichever the graph records is compared.
        choice = draft.choice or next(_CHOICES)
        low, high = (None if end is None else end * times for end in (amount.low, amount.high))
        yield replace(sized, choice=choice)
        yield replace(sized, quantity=Quantity(low, high, amount.unit, others[0]), choice=choice)


def _beside(at: Token | None, objects: Sequence[Token], marks: Sequence[Token]) -> Sequence[Token]:
    """Return the words among which the amounts of one of several objects stand: after it, or all before theirs."""
    if at is None or len(objects) < 2:  # noqa: PLR2004  one object has them all
        return marks
    amounts = [token.start for token in marks if token.amount]
    if amounts and amounts[0] < objects[0].start:
        earlier = [other.end for other in objects if other.end <= at.start]
        return [token for token in marks if max(earlier, default=0) <= token.start < at.start]
    later = [other.start for other in objects if other.start >= at.end]
    return [token for token in marks if at.end <= token.start < min(later, default=marks[-1].end + 1)]


def _counts(cue: Cue, own: Draft, ends: Ends, marks: Sequence[Token], assembly: Assembly) -> Iterator[Draft]:
    """Yield the claim of how many there are, if a number says so; keep the list, if it is meant to be whole."""
    if own.negated or own.verdict is not None:
        return
    only = any(token.has(MarkKind.ONLY) for token in marks)
    total = _number(marks) if cue.quantifier == "count" or cue.is_complete else None
    key = (own.subject, cue.relation)
    if total is not None:
        assembly.lists[key] = (own, set(), True)
        yield _count(own, total)
        return
    if not (cue.is_complete or only or key in assembly.lists):
        return
    base, members, was_open = assembly.lists.get(key, (own, set(), False))
    # What was not understood may be one more.
    is_open = was_open or any(t.has(MarkKind.OPEN_LIST) or _is_unread(t) for t in marks)
    assembly.lists[key] = (base, members | {token.text for token in ends.objects}, is_open)


def _count(own: Draft, total: int) -> Draft:
    return replace(
        own, quantity=Quantity(float(total), float(total), ""), qualifiers=(*own.qualifiers, ("quantifier", "count"))
    )


def _number(tokens: Sequence[Token]) -> int | None:
    for position, token in enumerate(tokens):
        if token.has(MarkKind.COUNTED) and position:
            return count_in(tokens[position - 1].text)
    return None


def _amounts(tokens: Sequence[Token], unit: str) -> list[tuple[Quantity, float | None]]:
    """Return the amounts among tokens, with the words for a limit before or after them taken in.

    A number without a unit is one only where the cue says of what: `unit`.
    """
    found: list[tuple[Quantity, float | None]] = []
    for position, token in enumerate(tokens):
        amount = token.amount
        if amount is None or not (amount.unit or unit):
            continue
        amount = replace(amount, unit=amount.unit or unit)
        around = [other for other in tokens[max(0, position - 2) : position + 2] if other is not token]
        if amount.low == amount.high:
            if any(other.has(MarkKind.UPPER) for other in around):
                amount = replace(amount, low=None)
            elif any(other.has(MarkKind.LOWER) for other in around):
                amount = replace(amount, high=None)
        said = next((d for t in tokens for q, d in t.values(MarkKind.VALUE) if q == "basis"), "")
        found.append((replace(amount, basis=amount.basis or said), token.times))
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
