"""What values state by being named, without any cue: very hot, toxic."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from kg.schema import Relation
from reasoning.answer import Verdict
from reasoning.claims.assembly import Assembly, carried, classes_of, fits, is_object, topic_of
from reasoning.claims.drafting import emit
from reasoning.claims.ends import Ends, group_after, group_before, names_of
from reasoning.claims.scope import Clause, is_denied
from reasoning.claims.statements import Cue, MarkKind
from reasoning.claims.token import Token

__all__ = ["bare"]

_WEAK: Final = (MarkKind.PLAIN, MarkKind.PERMISSION, MarkKind.NEGATION, MarkKind.JOINT)
_ELSEWHERE: Final = (MarkKind.CONTEXT, MarkKind.EFFECT, MarkKind.HARM)  # words that speak of something else


def bare(clause: Clause, assembly: Assembly) -> None:
    """Add what values state by being named: very hot, toxic."""
    for position, token in enumerate(clause.tokens):
        if token.named is None:
            continue
        for relation_id in sorted(assembly.statements.bare):
            relation = assembly.schema.relations[relation_id]
            if token.named.types.isdisjoint(relation.objects):
                continue
            is_left = assembly.is_measured and any(cue.relation == relation_id for cue in assembly.statements.sized)
            if is_left:  # amounts of use are read together
                continue
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
    earlier = [other for other in tokens[:position] if not is_object(other, assembly) or other.start == token.start]
    last = max((n for n, other in enumerate(tokens[:position]) if is_object(other, assembly)), default=-1)
    own = group_before(tokens[last + 1 : position], subjects)  # A is this and B is that
    own = own or group_before(earlier, subjects) or _stranger(earlier, token)
    if not is_value and not relation.quantity:
        since = own[-1].end if own else clause.start
        between = [t for t in _without_brackets(tokens[:position]) if t.start >= since]
        # What has been stated already, and how much of it is used, stand between a thing and what it does.
        known = [t for t in between if not (t.start in assembly.used or t.amount) or t.has(*_ELSEWHERE)]
        if any(not (t.is_filler or t.is_break or fits(t, relation)) or t.has(*_ELSEWHERE) for t in known):
            return
        own = own or topic_of(assembly, relation)
    own = own or classes_of(tokens[:position], relation, assembly.schema)
    own = own or _right_after(tokens[position + 1 :], subjects) or carried(tokens[:position], assembly, relation)
    if not own:
        return
    if is_value and _is_of_another_cue(tokens[:position], relation):
        return
    scope = _since_statement(tokens, position, assembly)
    if relation.quantity:
        following = names_of(tokens[position + 1 :], relation.objects)
        stop = following[0].start if following else clause.end
        after = tuple(other for other in tokens[position + 1 :] if other.start < stop)
        before = tuple(other for other in tokens[:position] if not own or other.start >= own[-1].end)
        # 3 g by mouth; by mouth, 3 g
        scope = after if any(other.amount for other in after) or not any(t.amount for t in before) else before
    denied = is_denied(scope) or _is_denied_by_cue(scope)
    stated = len(assembly.drafts)
    emit(Cue(relation.id), Ends(own, (token,)), token, clause, assembly, denied=denied, marks=scope)
    if any(cue.relation == relation.id for cue in assembly.statements.sized):
        # A way of use without an amount is told in passing.
        assembly.drafts[stated:] = [replace(d, counts_if=Verdict.SUPPORTED) for d in assembly.drafts[stated:]]


def _right_after(tokens: Sequence[Token], subjects: set[str]) -> tuple[Token, ...]:
    """Return the names behind a value; what else is said ends them: toxic A must not be used with B."""
    found = group_after(tokens, subjects)
    said = [t.start for t in tokens if t.has(MarkKind.NEGATION, MarkKind.PROHIBITION, MarkKind.CAUTION)]
    stop = next((start for start in said if found and start > found[0].start), None)
    return found if stop is None else tuple(name for name in found if name.start < stop)


def _stranger(earlier: Sequence[Token], token: Token) -> tuple[Token, ...]:
    """Return an unknown name that may be the subject: one in a list with the value itself is none."""
    names = [name for name in earlier if name.unknown]
    if not names:
        return ()
    between = [each for each in earlier if names[-1].end <= each.start < token.start]
    return () if between and all(each.is_filler and each.has(MarkKind.JOINT) for each in between) else (names[-1],)


def _without_brackets(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        if token.is_break:
            depth = max(0, depth + (token.text in "(（") - (token.text in ")）"))
        if not depth:
            yield token


def _is_of_another_cue(before: Sequence[Token], relation: Relation) -> bool:
    """Say whether a value stands right behind a word that states something else: treats cold."""
    for other in reversed(before):
        if other.named or other.unknown or other.is_break or other.amount:
            return False
        if other.cues and not (other.has(*_WEAK) or len(other.text) == 1):
            relations = {cue.relation for cue in other.cues}
            return relation.id not in relations and not any(cue.object for cue in other.cues)
    return False


def _is_denied_by_cue(tokens: Sequence[Token]) -> bool:
    """Say whether a cue that denies stands among the words, and no word that denies it in turn."""
    said = [token for token in tokens if any(cue.is_denied and not cue.counts_if for cue in token.cues)]
    return bool(said) and not any(token.has(MarkKind.NEGATION) for token in tokens)


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
