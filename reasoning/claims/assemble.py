"""Assembling claims: cues with their ends, scope and amounts, clause by clause; what it is about is carried over."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

from kg.schema import Relation
from reasoning.claims.assembly import Assembly, Topic, carried, classes_of, fits, is_object, set_topic, things
from reasoning.claims.counts import count
from reasoning.claims.doses import doses, is_sized_cue
from reasoning.claims.drafting import by_leave, emit
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends, ends_of, group_after, group_before, names_of
from reasoning.claims.implied import as_choice, drop_implied, drop_unlinked, drop_vague
from reasoning.claims.joining import is_plain, merged, with_strangers
from reasoning.claims.memory import is_in_context, names_people, point_back, remember
from reasoning.claims.pairs import pairs
from reasoning.claims.scope import Clause, is_denied, is_doubted, stance
from reasoning.claims.statements import Cue, MarkKind, Mode, Order
from reasoning.claims.token import Token
from reasoning.claims.values import bare

__all__ = ["assemble"]

_MOST_CUES: Final = 40  # of one clause; what follows is not read
_PAIR_FOLLOWS: Final = (Order.AFTER, Order.AFTER_REVERSED)
_MOST_DRAFTS: Final = 400  # of one sentence; a longer list is cut, and the sentence is only partly checked


def assemble(found: Iterable[Clause], assembly: Assembly) -> None:
    """Read the clauses of one sentence in order; the result is in `assembly`."""
    whole = [replace(clause, tokens=tuple(with_strangers(clause.tokens))) for clause in found]
    assembly.is_measured = any(token.amount for clause in whole for token in clause.tokens)
    for clause in merged(whole):
        _read(clause, assembly)
        if len(assembly.drafts) > _MOST_DRAFTS:
            del assembly.drafts[_MOST_DRAFTS:]
            assembly.is_truncated = True
            return
    doses(whole, assembly)
    pairs(whole, assembly)
    if any(token.has(MarkKind.REFUTATION) for clause in whole for token in clause.tokens):
        assembly.drafts[:] = [replace(draft, negated=not draft.negated) for draft in assembly.drafts]
    drop_implied(assembly)
    for base, members, is_open in assembly.lists.values():
        if len(members) > 1 and not is_open:
            assembly.drafts.append(count(base, len(members)))


def _read(clause: Clause, assembly: Assembly) -> None:
    tokens = tuple(with_strangers(clause.tokens))
    clause = replace(clause, tokens=tokens)
    if assembly.pending and _settle(clause, assembly):
        return
    # That an amount is too much is no circumstance where the amount is named.
    excess = (MarkKind.EXCESS,) if assembly.is_measured else ()
    if assembly.is_suspended and assembly.has_stated and tokens[0].has(MarkKind.JOINT):
        assembly.is_suspended = False  # and what is added to what holds then holds of itself
    assembly.is_suspended |= any(token.has(MarkKind.CIRCUMSTANCE) and not token.has(*excess) for token in tokens)
    if assembly.is_suspended or is_doubted(tokens):
        assembly.doubts = True
        assembly.has_stated = any(token.cues or token.has(MarkKind.HARM, MarkKind.EFFECT) for token in tokens)
        assembly.closed |= {token.start for token in tokens}
        set_topic(tokens, assembly)
        return
    point_back(tokens, assembly)
    cues = [position for position, token in enumerate(tokens) if token.cues]
    before = len(assembly.drafts)
    if not cues and assembly.frames and _extends(clause, assembly):
        return
    known = things(assembly.schema)
    own_topic = group_before(tokens[: cues[0]] if cues else tokens, known) or group_before(tokens, known)
    assembly.is_truncated |= len(cues) > _MOST_CUES
    _by_cues(clause, cues[:_MOST_CUES], assembly)
    if not cues:
        _listed_after_colon(clause, assembly)
    bare(clause, assembly)
    if len(assembly.drafts) == before:
        _by_last_cues(clause, cues[:_MOST_CUES], assembly)
    else:
        _by_last_cues(clause, _of_one_thing(clause, cues[:_MOST_CUES], before, assembly), assembly)
    if own_topic and len(assembly.drafts) == before:
        is_equated = any(token.has(MarkKind.NAMING) for token in tokens)
        assembly.topic = Topic(names_of(tokens, known)[:1] if is_equated else own_topic)
    remember(tokens, names_of(tokens, known), before, assembly)


def _by_cues(clause: Clause, cues: Sequence[int], assembly: Assembly) -> None:
    """Add what the cues of a clause state, from left to right."""
    tokens, start = clause.tokens, 0
    for position in cues:
        left, right = tokens[start:position], _until_next(tokens, position, cues)
        stated = len(assembly.drafts)
        held, assembly.frames = assembly.frames, []
        for cue in tokens[position].cues:
            if not (cue.is_last or (assembly.is_measured and is_sized_cue(cue, assembly))):
                follows = tokens[position + 1 :] if cue.order in _PAIR_FOLLOWS else right
                _state(cue, position, left, follows, clause, assembly)
        assembly.frames = assembly.frames or held
        if len(assembly.drafts) > stated:
            drop_unlinked(assembly, stated)
            as_choice(assembly, stated)
            drop_vague(assembly, stated)
            start = position + 1


def _by_last_cues(clause: Clause, cues: Sequence[int], assembly: Assembly) -> None:
    """Add what cues state that count only where nothing else does."""
    for position in cues:
        for cue in clause.tokens[position].cues:
            told = [draft for draft in assembly.drafts if draft.predicate == cue.relation]
            is_told = any(draft.object == cue.object or draft.start >= clause.start for draft in told)
            if cue.is_last and not is_told and (cue.context or not _is_of_somebody(clause, cue, assembly)):
                later = _until_next(clause.tokens, position, cues)
                _state(cue, position, clause.tokens[:position], later, clause, assembly)


def _of_one_thing(clause: Clause, cues: Sequence[int], since: int, assembly: Assembly) -> Sequence[int]:
    """Return the cues behind all that a clause has stated of one thing: tonifies qi and is safe for everyone."""
    stated = {draft.subject for draft in assembly.drafts[since:]}
    pairs = {cue.relation for cue in assembly.statements.pairs}
    if len(stated) != 1 or any(draft.predicate in pairs for draft in assembly.drafts[since:]):
        return ()
    last = max(at for at, token in enumerate(clause.tokens) if token.start in assembly.used)
    return [at for at in cues if at > last]


def _is_of_somebody(clause: Clause, cue: Cue, assembly: Assembly) -> bool:
    """Say whether a clause speaks of somebody or of something beside: safe for her is not safe."""
    relation = assembly.schema.relations[cue.relation]
    types = {*relation.subjects, *relation.objects}
    others = [token for token in clause.tokens if token.named is not None and not token.named.of(types)]
    own = [token for token in others if not is_object(token, assembly)]
    return bool(own) or any(token.has(MarkKind.CONTEXT) for token in clause.tokens)


def _until_next(tokens: Sequence[Token], position: int, cues: Sequence[int]) -> Sequence[Token]:
    """Return what follows a cue, up to the next one after a name."""
    for other in cues:
        if other > position and any(token.named or token.unknown for token in tokens[position + 1 : other]):
            return tokens[position + 1 : other]
    return tokens[position + 1 :]


def _listed_after_colon(clause: Clause, assembly: Assembly) -> None:
    """Add what a list after a name and a colon states, where such a list is meant to be all of something."""
    tokens = clause.tokens
    at = next((n for n, token in enumerate(tokens) if token.is_break and token.text in ":："), None)
    names = [n for n, token in enumerate(tokens[:at]) if token.named]
    if not at or len(names) != 1 or not all(is_plain(token) for token in tokens[names[0] + 1 : at]):
        return
    for cue in assembly.statements.whole:
        relation = assembly.schema.relations[cue.relation]
        whole, parts = names_of(tokens[:at], relation.subjects), names_of(tokens[at:], relation.objects)
        if whole and len(parts) > 1:
            emit(cue, Ends(whole, parts), tokens[at - 1], clause, assembly, denied=False, marks=tokens[at:])
            assembly.frames.append((cue, whole, False))
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
            emit(sized, ends, clause.tokens[at - 1], clause, assembly, denied=False, marks=clause.tokens[at:])


def _state(  # noqa: PLR0913, PLR0917  a cue and what stands around it
    cue: Cue, position: int, left: Sequence[Token], right: Sequence[Token], clause: Clause, assembly: Assembly
) -> None:
    """Add what one cue states, if it states anything here."""
    tokens = clause.tokens
    # A clause that begins with another word of the same kind speaks of the same people: she avoids A, must not take B.
    carried_on = assembly.context if position == 0 and not names_people(tokens, assembly) else ""
    if cue.context and cue.context != carried_on and not is_in_context(tokens, cue.context):
        return
    relation = assembly.schema.relations[cue.relation]
    # What is the object of one statement is not the subject of the next one in the same clause.
    left = tuple(token for token in left if not is_object(token, assembly))
    if inside := _bracketed(tokens, position, relation):
        left, right = inside, ()
    ends = _ends_around(cue, position, (left, right), tokens, assembly, is_inside=bool(inside))
    if not ends.subjects:
        return
    first = min((name.start for name in ends.objects if name.start > tokens[position].start), default=None)
    between = [token for token in right if first is not None and token.start < first]
    beside = [*left, *between]
    marks = _marks(tokens, position, left, right)
    if cue.mode is Mode.PROHIBITED:
        _warn(cue, position, ends, clause, assembly, marks)
        return
    denied = is_denied(beside)
    stated = len(assembly.drafts)
    emit(cue, ends, tokens[position], clause, assembly, denied=denied, marks=marks)
    if len(assembly.drafts) > stated:
        assembly.frames.append((cue, ends.subjects, denied))


def _warn(  # noqa: PLR0913, PLR0917  a cue and what stands around it
    cue: Cue, position: int, ends: Ends, clause: Clause, assembly: Assembly, marks: Sequence[Token]
) -> None:
    """Add what a cue states that needs a warning or leave beside it; keep it where neither stands in its clause."""
    tokens, at = clause.tokens, clause.tokens[position]
    harm = min((t.start for t in tokens[position:] if t.has(MarkKind.HARM)), default=clause.end)
    ends = replace(ends, objects=tuple(t for t in ends.objects if t.start < harm))  # what it leads to is no end
    if _is_of_other_types(cue, tokens, position, assembly):
        return
    if not (ends.objects or cue.object) or _is_other_meant(cue, tokens, position, ends, assembly):
        return
    warned = stance(tokens)
    if warned is None:
        assembly.pending.append((cue, ends, at))
    elif not (warned and _only_denied_after(tokens, position)):
        if not warned:
            by_leave(cue, ends, at, clause, assembly)
        emit(cue, ends, at, clause, assembly, denied=not warned, marks=marks)


def _is_of_other_types(cue: Cue, tokens: Sequence[Token], position: int, assembly: Assembly) -> bool:
    """Say whether a cue of two things of one type is of another here: A and B may be taken with a drug."""
    relation = assembly.schema.relations[cue.relation]
    if not relation.symmetric:
        return False
    others = {kind for each in tokens[position].cues for kind in assembly.schema.relations[each.relation].objects}
    return bool(names_of(tokens, others - set(relation.objects)))


def _only_denied_after(tokens: Sequence[Token], position: int) -> bool:
    """Say whether nothing warns but a denial of something after the cue: used together, there is no …."""
    if any(token.has(MarkKind.PROHIBITION, MarkKind.HARM, MarkKind.CAUTION) for token in tokens):
        return False
    return not any(token.has(MarkKind.NEGATION) for token in tokens[:position])


def _is_other_meant(cue: Cue, tokens: Sequence[Token], position: int, ends: Ends, assembly: Assembly) -> bool:
    """Say whether a cue that warns states something else here: a mild warning, or a denial of another relation."""
    strict = any(token.has(MarkKind.PROHIBITION, MarkKind.HARM) for token in tokens)
    mild = any(token.has(MarkKind.CAUTION) for token in tokens)
    if strict or not ends.subjects:
        return False
    if mild:
        return bool(cue.object) and assembly.schema.relations[cue.relation].functional
    others = [other for other in tokens[position].cues if other.mode is Mode.PLAIN and not other.object]
    relations = [assembly.schema.relations[other.relation] for other in others]
    fitting = bool(ends.objects) and any(all(fits(t, each) for t in ends.objects) for each in relations)
    return fitting and is_denied(tokens)


def _ends_around(  # noqa: PLR0913  where to look
    cue: Cue,
    position: int,
    sides: tuple[Sequence[Token], Sequence[Token]],
    tokens: Sequence[Token],
    assembly: Assembly,
    *,
    is_inside: bool,
) -> Ends:
    """Return the ends of a cue: beside it, else further away in its clause, else a class or what the text is about."""
    relation = assembly.schema.relations[cue.relation]
    (left, right), topic, is_weak = sides, carried(sides[0], assembly, relation), _is_weak(tokens, position)
    ends = ends_of(cue, left, right, relation, topic=topic, is_weak=is_weak)
    if not ends.objects and not is_inside and not set(relation.subjects) & set(relation.objects):
        wider = ends_of(cue, left, tokens[position + 1 :], relation, topic=topic, is_weak=is_weak)
        ends = wider if names_of(wider.objects, relation.objects) else ends
    if not ends.subjects:
        # The subject may stand before an earlier cue of the clause.
        before = [token for token in tokens[:position] if not is_object(token, assembly)]
        earlier = group_before(before, set(relation.subjects))
        ends = replace(ends, subjects=tuple(name for name in earlier if name not in ends.objects))
    if ends.subjects and ends.subjects == topic and any(token.has(MarkKind.EACH) for token in left):
        ends = replace(
            ends, subjects=names_of(assembly.both, relation.subjects) or ends.subjects
        )  # both of those before
    if classes := classes_of(tokens[:position], relation, assembly.schema):
        ends = replace(ends, subjects=classes)
    if not ends.subjects and names_of(ends.objects, relation.objects):
        later = group_after(tokens[position + 1 :], set(relation.subjects))  # of this kind there are X and Y
        ends = replace(ends, subjects=tuple(name for name in later if name not in ends.objects))
    if relation.symmetric and cue.order is Order.BEFORE and not ends.objects:
        pair = names_of(assembly.both, relation.subjects) if _means_both(left, tokens, relation) else ()
        ends = Ends(pair[:1], pair[1:]) if len(pair) == 2 else ends  # noqa: PLR2004  the two
    return ends


def _means_both(left: Sequence[Token], tokens: Sequence[Token], relation: Relation) -> bool:
    """Say whether a clause speaks of the two things of an earlier one: which, the two, or nothing of its own."""
    return not names_of(tokens, relation.subjects) or any(t.has(MarkKind.PRONOUN, MarkKind.QUESTION) for t in left)


def _is_weak(tokens: Sequence[Token], position: int) -> bool:
    """Say whether a cue is so common a word, or so close to the next one, that not everything beside it is a name."""
    token, follows = tokens[position], tokens[position + 1 : position + 2]
    marks = (MarkKind.PLAIN, MarkKind.JOINT, MarkKind.PERMISSION, MarkKind.NEGATION)
    return token.has(*marks) or len(token.text) == 1 or any(each.cues for each in follows)


def _settle(clause: Clause, assembly: Assembly) -> bool:
    """Read a verdict that follows what it is about: used together, there is no problem."""
    pending, assembly.pending = assembly.pending, []
    if names_of(clause.tokens, things(assembly.schema)) or any(
        other.mode is not Mode.PROHIBITED and not other.is_last for token in clause.tokens for other in token.cues
    ):
        return False
    warned = stance(clause.tokens)
    if warned is None or is_doubted(clause.tokens):
        return False
    assembly.used |= {token.start for token in clause.tokens}
    stated = len(assembly.drafts)
    for cue, ends, at in pending:
        emit(cue, ends, at, clause, assembly, denied=not warned, marks=clause.tokens)
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
    """Go on with the lists of the last cue; say whether the clause names nothing else.

    What does not fit into a list that goes on is read for itself: A, B and C and does this.
    """
    names = tuple(token for token in clause.tokens if token.named or token.unknown)
    if not any(token.named for token in names):
        return False
    is_whole = False
    stated = len(assembly.drafts)
    for cue, subjects, was_denied in assembly.frames:
        relation = assembly.schema.relations[cue.relation]
        own = tuple(takewhile(lambda token, of=relation: bool(token.unknown) or fits(token, of), names))  # type: ignore[misc]
        if cue.object or not any(token.named for token in own) or _begins_anew(clause, own, names, assembly):
            continue
        if not relation.quantity and any(token.amount and token.amount.unit for token in clause.tokens):
            continue
        stop = names[len(own)].start if len(own) < len(names) else clause.end
        marks = tuple(token for token in clause.tokens if token.start < stop)
        denies = is_denied(marks)
        denied = denies if denies or clause.contrasts else was_denied
        emit(cue, Ends(subjects, own), own[0], clause, assembly, denied=denied, marks=marks)
        is_whole |= own == names
    as_choice(assembly, stated)
    several = {(draft.subject, draft.predicate) for draft in assembly.drafts[stated:]}
    assembly.drafts[:] = [_unlimited(d) if (d.subject, d.predicate) in several else d for d in assembly.drafts]
    return is_whole


def _begins_anew(clause: Clause, own: Sequence[Token], names: Sequence[Token], assembly: Assembly) -> bool:
    """Say whether names that would fit a list are what the rest of the clause is about: …, and B does this."""
    if len(own) == len(names):
        return False
    rest = names[len(own)]
    between = [token for token in clause.tokens if own[-1].end <= token.start < rest.start]
    is_thing = own[-1].named is not None and bool(names_of(own[-1:], things(assembly.schema)))
    return is_thing and not any(token.has(MarkKind.JOINT) for token in between)


def _unlimited(draft: Draft) -> Draft:
    """Return a claim of the first of a list without the limit that is meant of the whole list: only A, B and C."""
    kept = tuple(each for each in draft.qualifiers if each != ("quantifier", "only"))
    return draft if len(kept) == len(draft.qualifiers) else replace(draft, qualifiers=kept)
