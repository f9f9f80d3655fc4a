"""What two names in a sentence that warns or allows state by standing in it together, whatever its words are.

A thing and a drug, a person's condition or a food in one sentence, and "stay away from", "no problem", "watch for
bleeding": the types of the two tell which relation is meant (a pack says of which it holds, `together` in
`statements.yaml`). Read last: what a cue has stated of the two is not stated again.
"""

from collections.abc import Iterable, Sequence

from kg.schema import Relation
from reasoning.claims.assembly import Assembly, topic_of
from reasoning.claims.drafting import by_leave, emit
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends, names_of
from reasoning.claims.scope import Clause, is_silent, stance
from reasoning.claims.statements import Cue, MarkKind, Together
from reasoning.claims.token import Token

__all__ = ["pairs"]


def pairs(found: Sequence[Clause], assembly: Assembly) -> None:
    """Add what pairs of names in a sentence state; claims of any or none are made of the pair, if there is one."""
    clauses = [clause for clause in found if not any(token.start in assembly.closed for token in clause.tokens)]
    for cue in assembly.statements.pairs:
        relation = assembly.schema.relations[cue.relation]
        for subjects, objects, scope in _candidates(cue, relation, clauses, assembly):
            warned = _warned(cue, scope)
            if warned is None and objects and cue.together is not Together.CAUTIONED and not cue.object:
                warned = True if _warns_by_name(scope, assembly) else None
            whole = Clause(scope)
            if warned is None:
                if stance(scope) is False and objects:
                    by_leave(cue, Ends(subjects, objects), objects[0], whole, assembly)
                continue
            at = objects[0] if objects else next(t for t in scope if _is_of_context(t, cue))
            if objects:
                _drop_vague(assembly, relation, subjects)
            emit(cue, Ends(subjects, objects), at, whole, assembly, denied=not warned, marks=scope)
            assembly.used |= {t.start for t in scope if t.has(*_SAID)}


_SAID = (MarkKind.PROHIBITION, MarkKind.PERMISSION, MarkKind.HARM, MarkKind.CAUTION, MarkKind.EFFECT, MarkKind.SILENCE)


def _candidates(
    cue: Cue, relation: Relation, clauses: Sequence[Clause], assembly: Assembly
) -> Iterable[tuple[tuple[Token, ...], tuple[Token, ...], tuple[Token, ...]]]:
    """Yield subjects, objects and the words around them, for each object that nothing has been stated of."""
    types = cue.types or relation.objects
    alike = bool(set(relation.subjects) & set(types))
    for at, clause in enumerate(clauses):
        if cue.context:
            if not any(_is_of_context(token, cue) for token in clause.tokens) or _states(relation, clause, assembly):
                continue
            subjects = _subjects(relation, clauses, at, (), assembly)
            if subjects:
                yield subjects, (), _scope(clauses, at, subjects)
            continue
        if alike:
            names = names_of(clause.tokens, types)
            is_pair = len(names) == 2 and _are_joined(clause, names)  # noqa: PLR2004
            is_pair = is_pair and not _names_others(clauses, types, assembly)
            read = any(clause.start <= draft.start < clause.end for draft in assembly.drafts)
            if is_pair and not read:
                yield names[:1], names[1:], _scope(clauses, at, names)
            continue
        objects = _objects(clause, types)
        left = tuple(t for t in objects if not any(start == t.start for start, _ in assembly.stated))
        subjects = _subjects(relation, clauses, at, objects, assembly) if left else ()
        left = tuple(t for t in left if not _is_stated(subjects, t, relation, assembly))
        left = () if left and _is_told_of_another(clause, left[0], assembly) else left
        if subjects and left:
            yield subjects, left, _scope(clauses, at, subjects)


def _objects(clause: Clause, types: Iterable[str]) -> tuple[Token, ...]:
    """Return the names that may be objects: what something leads to is none."""
    kinds = set(types)
    harm = min((t.start for t in clause.tokens if t.has(MarkKind.HARM)), default=clause.end)
    found = names_of(clause.tokens, kinds)
    return tuple(t for t in found if t.start < harm or not (t.named and t.named.types <= kinds)) or ()


def _subjects(
    relation: Relation, clauses: Sequence[Clause], at: int, objects: Sequence[Token], assembly: Assembly
) -> tuple[Token, ...]:
    """Return the things that are spoken of: in the clause itself, in those before it, in those after it, the topic."""
    kinds = set(relation.subjects)
    nearby = (clauses[at], *reversed(clauses[:at]), *clauses[at + 1 :])
    for clause in nearby:
        if found := tuple(token for token in names_of(clause.tokens, kinds) if token not in objects):
            return found
    return topic_of(assembly, relation)


def _scope(clauses: Sequence[Clause], at: int, subjects: Sequence[Token]) -> tuple[Token, ...]:
    """Return the words between and around a pair: its clauses, and what follows without naming anything else."""
    starts = [n for n, clause in enumerate(clauses) for t in subjects if clause.start <= t.start < clause.end]
    first, last = min((*starts, at)), max((*starts, at))
    while last + 1 < len(clauses) and not any(t.named or t.unknown for t in clauses[last + 1].tokens):
        last += 1
    while last + 1 < len(clauses) and clauses[last + 1].contrasts is False and _only_effects(clauses[last + 1]):
        last += 1
    comma = (Token(0, 0, ",", is_break=True),)  # what is denied in one clause is not in the next
    return tuple(token for clause in clauses[first : last + 1] for token in (*clause.tokens, *comma))


def _only_effects(clause: Clause) -> bool:
    return clause.tokens[0].has(*_SAID) and not any(t.cues and t.named for t in clause.tokens)


def _warned(cue: Cue, scope: Sequence[Token]) -> bool | None:
    """Return whether the words warn; None where they do neither, or not in the way that the cue means."""
    said = stance(scope)
    if cue.together is not Together.WARNED and said is None and is_silent(scope):
        said = False
    if said is None and cue.is_effect and any(token.has(MarkKind.EFFECT, MarkKind.VALUE) for token in scope):
        said = True
    mildly = any(t.has(MarkKind.CAUTION) for t in scope) and not any(t.has(MarkKind.PROHIBITION) for t in scope)
    if cue.together is Together.CAUTIONED:
        return True if mildly and said else None
    if cue.object and mildly:
        return None
    if cue.together is Together.WARNED and not said:
        return None
    return said


def _warns_by_name(scope: Iterable[Token], assembly: Assembly) -> bool:
    """Say whether the name of a value warns, which what is joined to it shares: contraindicated in A and in B."""
    marks = assembly.statements.marks
    for token in scope:
        if token.named is None or token.start not in assembly.used:
            continue
        words = token.text.split(" ")
        parts = [" ".join(words[:n]) for n in range(1, len(words))]
        if any(mark.kind is MarkKind.PROHIBITION for part in parts for mark in marks.get(part, ())):
            return True
    return False


def _is_of_context(token: Token, cue: Cue) -> bool:
    return any(value == cue.context for value, _ in token.values(MarkKind.CONTEXT))


def _states(relation: Relation, clause: Clause, assembly: Assembly) -> bool:
    return any(d.predicate == relation.id and clause.start <= d.start < clause.end for d in assembly.drafts)


def _are_joined(clause: Clause, names: Sequence[Token]) -> bool:
    between = [t for t in clause.tokens if names[0].end <= t.start < names[1].start]
    return any(token.has(MarkKind.JOINT) for token in between)


def _names_others(clauses: Sequence[Clause], types: Iterable[str], assembly: Assembly) -> bool:
    """Say whether a sentence names what other pairs are made of: then its warning is about that."""
    kinds = {kind for cue in assembly.statements.pairs for kind in assembly.schema.relations[cue.relation].objects}
    return any(names_of(clause.tokens, kinds - set(types)) for clause in clauses)


def _is_told_of_another(clause: Clause, name: Token, assembly: Assembly) -> bool:
    """Say whether a pair has been made with another name of the clause, which this one only describes."""
    types = {kind for cue in assembly.statements.pairs for kind in assembly.schema.relations[cue.relation].objects}
    own = name.named.types if name.named else frozenset()
    for token in names_of(clause.tokens, types - own):
        if not (token.named and any(d.object in token.named.ids for d in assembly.drafts)):
            continue
        first, second = sorted((token, name), key=lambda each: each.start)
        between = [t for t in clause.tokens if first.end <= t.start < second.start]
        if not any(t.has(MarkKind.JOINT) or t.is_break for t in between):
            return True
    return False


def _is_stated(subjects: Iterable[Token], other: Token, relation: Relation, assembly: Assembly) -> bool:
    """Say whether a claim joins the two already."""
    ids = set(other.named.ids) if other.named else set()
    own = {identity for token in subjects if token.named for identity in token.named.ids}
    return any(
        (d.subject in own and d.object in ids) or (d.object in own and d.subject in ids)
        for d in assembly.drafts
        if d.predicate == relation.id or d.object
    )


def _drop_vague(assembly: Assembly, relation: Relation, subjects: Sequence[Token]) -> None:
    """Leave out that there is any or none at all, where the sentence says of what."""
    own = {identity for token in subjects if token.named for identity in token.named.ids}
    like = {relation.id, *(cue.relation for cue in assembly.statements.pairs)}
    assembly.drafts[:] = [d for d in assembly.drafts if not (d.subject in own and d.predicate in like and _is_vague(d))]


def _is_vague(draft: Draft) -> bool:
    return not draft.object and dict(draft.qualifiers).get("quantifier") in {"any", "none"} and draft.verdict is None
