"""What amounts say of how much of a thing is used: each amount once, with the way of use that its words name.

Amounts of a sentence are read together, since the way of use may stand in the clause before or after: by mouth, 3 g;
3 g, in pills. Amounts that another statement has taken (of a part of a whole) are left alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kg.schema import Relation
from reasoning.claims.assembly import Assembly, topic_of
from reasoning.claims.drafting import emit
from reasoning.claims.ends import Ends, group_after, group_before, names_of
from reasoning.claims.scope import Clause, is_denied
from reasoning.claims.sizes import without_limits
from reasoning.claims.statements import Cue, MarkKind
from reasoning.claims.token import Token

__all__ = ["doses", "is_sized_cue"]


@dataclass(frozen=True, slots=True)
class _Part:
    """Words that belong to one amount, or to none."""

    tokens: tuple[Token, ...]
    clause: Clause

    @property
    def amount(self) -> Token | None:
        return next((token for token in self.tokens if _is_size(token)), None)


def is_sized_cue(cue: Cue, assembly: Assembly) -> bool:
    """Say whether a cue states amounts of use, which are read here and nowhere else."""
    return any(cue.relation == other.relation for other in assembly.statements.sized)


def doses(found: Sequence[Clause], assembly: Assembly) -> None:
    """Add what the amounts of a sentence state of the things in it."""
    for cue in assembly.statements.sized:
        relation = assembly.schema.relations[cue.relation]
        parts = [part for block in _blocks(found) for part in _attached(list(_parts(block, relation)), relation)]
        earlier: list[Token] = []
        for at, part in enumerate(parts):
            amount = part.amount
            if amount is not None and not {amount.start} & (assembly.used | assembly.closed):
                excess = any(token.has(MarkKind.EXCESS) for token in _until_amount(parts, at))
                _state(part, amount, earlier, cue, relation, assembly, denied=excess)
            earlier += part.tokens


def _until_amount(parts: Sequence[_Part], at: int) -> Iterator[Token]:
    """Yield the words that may call an amount too much: those after it up to the next one; all its own if it is first.

    More than the usual 3 g is said of the amount before.
    """
    amount = parts[at].amount
    is_first = all(part.amount is None for part in parts[:at])
    yield from (t for t in parts[at].tokens if is_first or amount is None or t.start > amount.start)
    for part in parts[at + 1 :]:
        if part.amount is None and any(token.named for token in part.tokens):
            return
        for token in part.tokens:
            if token.named or token.amount:
                return
            yield token


def _blocks(found: Iterable[Clause]) -> Iterator[list[Clause]]:
    """Yield the clauses that lie between semicolons."""
    held: list[Clause] = []
    for clause in found:
        if held and not clause.follows_comma and not clause.contrasts:
            yield held
            held = []
        held.append(clause)
    if held:
        yield held


def _parts(block: Iterable[Clause], relation: Relation) -> Iterator[_Part]:
    """Yield stretches of words with at most one amount each, and some without."""
    for clause in block:
        sizes = [at for at, token in enumerate(clause.tokens) if _is_size(token)]
        start = 0
        for size, after in pairwise(sizes):
            cut = _cut(clause.tokens, size, after, relation)
            yield _Part(clause.tokens[start:cut], clause)
            start = cut
        yield _Part(clause.tokens[start:], clause)


def _cut(tokens: Sequence[Token], size: int, after: int, relation: Relation) -> int:
    """Return where the words of one amount end and those of the next begin."""
    between = range(size + 1, after)
    for at in between:
        if tokens[at].has(MarkKind.JOINT) or tokens[at].is_break:
            return at
    ways = [at for at in between if _ways(tokens[at], relation)]
    leads = any(_ways(token, relation) for token in tokens[:size])
    if ways:
        return ways[0] if leads else ways[-1] + 1
    names = [at for at in between if tokens[at].named]
    return names[0] if names else after


def _attached(parts: Sequence[_Part], relation: Relation) -> Iterator[_Part]:
    """Yield the parts with an amount; a way of use that stands apart is joined to the amount before or after it."""
    held: _Part | None = None  # a part without amount that may belong to the next one
    kept: list[_Part] = []
    for part in parts:
        has_way = any(_ways(token, relation) for token in part.tokens)
        names = names_of(part.tokens, relation.subjects)
        if part.amount is not None:
            own = any(_ways(token, relation) for token in part.tokens)
            if held is not None and not own:
                part = _Part((*held.tokens, *part.tokens), part.clause)  # noqa: PLW2901  the whole of it
            elif held is not None:
                kept.append(held)
            kept.append(part)
            held = None
        elif has_way and not names and kept and kept[-1].amount is not None and not _has_way(kept[-1], relation):
            kept[-1] = _Part((*kept[-1].tokens, *part.tokens), kept[-1].clause)
        elif has_way:
            kept += [held] if held is not None else []
            held = part
        else:
            kept += [held] if held is not None else []
            kept.append(part)
            held = None
    yield from kept
    if held is not None:
        yield held


def _has_way(part: _Part, relation: Relation) -> bool:
    return any(_ways(token, relation) for token in part.tokens)


def _state(  # noqa: PLR0913, PLR0917  an amount and what it may be of
    part: _Part,
    amount: Token,
    earlier: Sequence[Token],
    cue: Cue,
    relation: Relation,
    assembly: Assembly,
    *,
    denied: bool,
) -> None:
    before = [token for token in part.tokens if token.start < amount.start]
    after = [token for token in part.tokens if token.start > amount.start]
    subjects = _subjects(before, after, earlier, relation, assembly)
    if not subjects:
        return
    ways = [token for token in (*reversed(before), *after) if _ways(token, relation)][:1]
    meant = cue
    objects: tuple[Token, ...] = ()
    for token in ways:
        if token.named is not None and token.named.of(relation.objects):
            objects = (token,)
        else:
            meant = next(other for other in token.cues if other.relation == relation.id and other.object)
    if whole := _whole(subjects, before, earlier, relation, assembly):
        meant, subjects, objects = Cue(whole[0].id), whole[1], subjects
    denied = denied or is_denied(without_limits(before))
    emit(meant, Ends(subjects, objects), amount, part.clause, assembly, denied=denied, marks=part.tokens)
    assembly.used |= {token.start for token in (*ways, amount)}
    assembly.used |= {t.start for t in part.tokens if any(is_sized_cue(other, assembly) for other in t.cues)}


def _subjects(
    before: Sequence[Token], after: Sequence[Token], earlier: Sequence[Token], relation: Relation, assembly: Assembly
) -> tuple[Token, ...]:
    """Return what an amount is of: the name before it (all of a list if each is meant), one after it, or the topic."""
    kinds = set(relation.subjects)
    for tokens in (before, earlier):
        if group := group_before(tokens, kinds):
            shares = any(token.has(MarkKind.ALL, MarkKind.EACH) for token in tokens if token.start >= group[-1].end)
            return group if shares else group[-1:]
        if tokens is before and (group := group_after(after, kinds)):
            return group[:1]
        strangers = [token for token in tokens if token.unknown]
        if strangers:
            return (replace(strangers[-1]),)
    return topic_of(assembly, relation)


def _whole(
    parts: Sequence[Token],
    before: Sequence[Token],
    earlier: Sequence[Token],
    relation: Relation,
    assembly: Assembly,
) -> tuple[Relation, tuple[Token, ...]] | None:
    """Return the whole that a thing is spoken of as a part of, and the relation that states how much of it."""
    stop = parts[0].start
    for other in assembly.schema.relations.values():
        if other.id == relation.id or not other.quantity or not names_of(parts, other.objects):
            continue
        if set(other.subjects) <= set(relation.subjects):
            continue
        kinds = set(other.subjects) - set(relation.subjects)
        named = names_of([token for token in (*earlier, *before) if token.start < stop], kinds)
        named = named[-1:] or names_of(topic_of(assembly, other), kinds)[-1:]
        if named:
            return other, named
    return None


def _ways(token: Token, relation: Relation) -> bool:
    """Say whether a token names a way of use."""
    if token.named is not None:
        return bool(token.named.of(relation.objects))
    return any(cue.relation == relation.id and cue.object for cue in token.cues)


def _is_size(token: Token) -> bool:
    return token.amount is not None and token.amount.unit in {"g", "mL"}
