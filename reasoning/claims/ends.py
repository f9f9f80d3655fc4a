"""Which names are the two ends of what a cue states: by their types where those tell, else by where they stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kg.schema import Relation
from reasoning.claims.content import has_content
from reasoning.claims.quantities import count_in
from reasoning.claims.statements import Cue, MarkKind, Mode, Order
from reasoning.claims.token import Token

__all__ = ["Ends", "ends_of", "group_after", "group_before", "names_of"]

_LONGEST: Final = 40  # characters of an unknown name


@dataclass(frozen=True, slots=True)
class Ends:
    """Subjects and objects of a cue; either may be empty. `unknown` are unknown names where objects should be."""

    subjects: tuple[Token, ...] = ()
    objects: tuple[Token, ...] = ()


def names_of(tokens: Sequence[Token], types: Collection[str], *, unknown: bool = False) -> tuple[Token, ...]:
    """Return the names among tokens that may be of one of `types`; unknown names too if asked for."""
    return tuple(
        token for token in tokens if (token.named is not None and token.named.of(types)) or (unknown and token.unknown)
    )


def group_before(tokens: Sequence[Token], types: Collection[str], *, unknown: bool = False) -> tuple[Token, ...]:
    """Return the last run of names of `types` that are joined to each other, by a word, a mark or nothing between."""
    group: list[Token] = []
    between: list[Token] = []
    for token in reversed(tokens):
        fits = (token.named is not None and bool(token.named.of(types))) or (unknown and bool(token.unknown))
        if fits and group and between and not any(_is_joint(each) for each in between):
            break
        if fits:
            group.append(token)
            between = []
        elif group and not _joins(token):
            break
        else:
            between.append(token)
    return tuple(reversed(group))


def group_after(tokens: Sequence[Token], types: Collection[str], *, unknown: bool = False) -> tuple[Token, ...]:
    """Return the first run of names of `types` that are joined to each other."""
    return tuple(reversed(group_before(tuple(reversed(tokens)), types, unknown=unknown)))


def ends_of(  # noqa: PLR0913  what stands around a cue
    cue: Cue,
    before: Sequence[Token],
    after: Sequence[Token],
    relation: Relation,
    *,
    topic: Sequence[Token] = (),
    is_weak: bool = False,
) -> Ends:
    """Return the ends of a cue.

    Args:
        cue: what was found.
        before: tokens of the clause before the cue.
        after: tokens after it, up to the next cue.
        relation: of the cue.
        topic: what the text is about so far, for a clause that names no subject.
        is_weak: the cue is a common word, beside which not everything is a name.
    """
    subjects, objects = frozenset(relation.subjects), frozenset(relation.objects)
    if subjects & objects and not cue.object:
        return _ordered(cue, before, after, subjects, objects, topic, relation)
    # A word that another cue follows at once takes no name that nothing explains: 长于 and 治.
    takes_any = not (is_weak and after and after[0].cues)
    found = names_of(after, objects, unknown=takes_any) if cue.order is not Order.BEFORE else ()
    if found and not any(token.named for token in found):
        # An unknown name after a cue is its object, unless known ones stand before it (O is used for by S).
        found = () if names_of(before, objects) else found
    if cue.object:
        found = ()
    elif not found:
        found = group_before(before, objects) or names_of(after, objects, unknown=takes_any)
        if not found and not is_weak:
            found = stranger_beside(before, after, cue)
    own = group_before([token for token in before if token not in found], subjects, unknown=False)
    if not own:
        own = group_after([token for token in after if token not in found], subjects)
    if not own and not is_weak and not names_of(before, subjects):
        strangers = tuple(token for token in before if token.unknown)[-1:]
        if topic and not found and not cue.object:
            found = strangers  # of what the text is about, something is said of what is not known
        else:
            own = strangers
    return Ends(own or tuple(topic), found)


def stranger_beside(before: Sequence[Token], after: Sequence[Token], cue: Cue) -> tuple[Token, ...]:
    """Return what nothing explains right beside a cue, where its object should be, as an unknown name."""
    is_before = cue.order is Order.BEFORE
    beside = list(reversed(before[-3:])) if is_before else list(after[:4])
    for at, token in enumerate(beside):
        if token.named or token.amount or token.cues:
            break
        if token.is_filler or token.is_break or count_in(token.text) is not None or not has_content(token.text):
            continue
        more = beside[at - 1] if is_before and at else beside[at + 1] if at + 1 < len(beside) else token
        # The word for what it is belongs to the name: 糖尿 and 病.
        joins = more.is_filler and not more.marks and more.start == token.end and len(more.text) == 1
        text = token.text + more.text if joins else token.text
        return (replace(token, unknown=token.unknown or text[:_LONGEST]),)
    return ()


def _ordered(  # noqa: PLR0913, PLR0917  one way out for each order
    cue: Cue,
    before: Sequence[Token],
    after: Sequence[Token],
    subjects: frozenset[str],
    objects: frozenset[str],
    topic: Sequence[Token],
    relation: Relation,
) -> Ends:
    types = subjects | objects
    left, right = group_before(before, types, unknown=True), group_after(after, types, unknown=True)
    everything_left = names_of(before, types, unknown=True)
    if cue.order in {Order.AROUND, Order.AROUND_REVERSED}:
        if left and right:
            return Ends(left, right) if cue.order is Order.AROUND else Ends(right, left)
        if right and topic and not left:
            return Ends(tuple(topic), right) if cue.order is Order.AROUND else Ends(right, tuple(topic))
        if not relation.symmetric:
            return Ends()
    follows = cue.order in {Order.AFTER, Order.AFTER_REVERSED}
    pair = names_of(after, types, unknown=True) if follows else everything_left
    if not pair and relation.symmetric:
        pair = right or left
    if not pair and relation.symmetric and len(topic) == 2:  # noqa: PLR2004  two that were named before
        return Ends(tuple(topic[:1]), tuple(topic[1:]))
    inside = before if pair is everything_left else after
    others = tuple(token for token in topic if pair and token.text != pair[0].text)
    if others and len(pair) > 1 and _is_joined(inside, pair[0]):  # not to be used with A, B and C
        first, second = others, pair
    else:
        first, second = _split(inside, pair, symmetric=relation.symmetric)
    needs_joint = bool(cue.quantifier) or cue.mode is Mode.PROHIBITED
    if first and not second and (_is_joined(inside, first[0]) or not needs_joint):
        first, second = others, first
    if cue.order in {Order.BEFORE_REVERSED, Order.AFTER_REVERSED}:
        first, second = second, first
    return Ends(first, second)


def _is_joined(tokens: Sequence[Token], name: Token) -> bool:
    """Say whether a name follows a word that joins it to what is not named here: not to be used with …."""
    before = [token for token in tokens if token.end <= name.start]
    return bool(before) and before[-1].has(MarkKind.JOINT)


def _split(
    tokens: Sequence[Token], names: Sequence[Token], *, symmetric: bool
) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """Split names into two sides: at the one joint that is not one of a list, else into the first and the rest."""
    if len(names) < 2:  # noqa: PLR2004  a pair
        return tuple(names), ()
    if len(names) == 2:  # noqa: PLR2004
        return (names[0],), (names[1],)
    inside = [token for token in tokens if names[0].end <= token.start < names[-1].start]
    joints = [token for token in inside if not (token.named or token.unknown) and not token.is_break]
    words = {token.text for token in joints if token.has(MarkKind.JOINT) and token.text != "、"}
    lone = [token for token in joints if token.text in words]
    if len(lone) == 1 or not symmetric:
        at = lone[-1].start if lone else names[0].end
        return (
            tuple(name for name in names if name.end <= at),
            tuple(name for name in names if name.start >= at),
        )
    return (), ()


def _is_joint(token: Token) -> bool:
    return token.has(MarkKind.JOINT) or token.is_break or token.amount is not None


def _joins(token: Token) -> bool:
    return (token.is_filler and not token.cues) or token.is_break or token.amount is not None or bool(token.unknown)
