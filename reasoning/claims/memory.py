"""What later clauses of a sentence may point back to: the two things named last, and of whom has been spoken."""

from collections.abc import Iterable, Sequence

from reasoning.claims.assembly import Assembly, Topic
from reasoning.claims.statements import MarkKind
from reasoning.claims.token import Token

__all__ = ["is_in_context", "names_people", "point_back", "remember"]


def remember(tokens: Sequence[Token], named: tuple[Token, ...], since: int, assembly: Assembly) -> None:
    """Keep what later clauses may point back to: the two named last, and of whom has been spoken.

    The claims of the clause are those of the assembly from `since` on.
    """
    if named:
        kinds = named[0].named.types if named[0].named else frozenset()
        named = tuple(token for token in named if token.named and token.named.types & kinds)
    if len(named) > 1:
        assembly.both = named
    elif named and assembly.last and assembly.last[0].text != named[0].text:
        assembly.both = (*assembly.last, *named)
    assembly.last = named[-1:] or assembly.last
    contexts = [value for token in tokens for value, _ in token.values(MarkKind.CONTEXT)]
    # What the name of a value says of people speaks of them as well.
    by_relation = {cue.relation: cue.context for cue in assembly.statements.pairs if cue.context}
    contexts += [by_relation[draft.predicate] for draft in assembly.drafts[since:] if draft.predicate in by_relation]
    goes_on = bool(tokens[0].cues) and not contexts
    assembly.context = assembly.context if goes_on else next(iter(contexts), "")


def point_back(tokens: Sequence[Token], assembly: Assembly) -> None:
    """Take the first or the second of two things as what a clause is about, if it begins so: the latter is …."""
    if len(assembly.both) > 1 and tokens[0].has(MarkKind.FORMER, MarkKind.LATTER):
        meant = assembly.both[:1] if tokens[0].has(MarkKind.FORMER) else assembly.both[-1:]
        assembly.topic = Topic(meant)


def is_in_context(tokens: Iterable[Token], context: str) -> bool:
    """Say whether words speak of somebody, as a context of the pack."""
    return any(value == context for token in tokens for value, _ in token.values(MarkKind.CONTEXT))


def names_people(tokens: Iterable[Token], assembly: Assembly) -> bool:
    """Say whether words name people of their own."""
    kinds = {kind for cue in assembly.statements.pairs for kind in cue.types}
    return any(token.named is not None and bool(token.named.types & kinds) for token in tokens)
