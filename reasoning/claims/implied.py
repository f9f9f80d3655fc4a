"""Which of the claims that the same words gave count: alternatives, and what another of them says better."""

from dataclasses import replace

from reasoning.answer import Reason
from reasoning.claims.assembly import CHOICES, Assembly
from reasoning.claims.drafts import Draft

__all__ = ["as_choice", "drop_implied", "drop_unlinked", "drop_vague"]


def as_choice(assembly: Assembly, since: int) -> None:
    """Make claims of several relations on the same two ends alternatives: one word was meant as one of them."""
    by_ends: dict[tuple[str, str, str], list[int]] = {}
    for number in range(since, len(assembly.drafts)):
        draft = assembly.drafts[number]
        quantifier = str(dict(draft.qualifiers).get("quantifier", ""))
        if draft.subject and (draft.object or quantifier in {"any", "none"}) and draft.quantity is None:
            ends = sorted((draft.subject, draft.object))
            by_ends.setdefault((ends[0], ends[1], quantifier), []).append(number)
    for numbers in by_ends.values():
        said = {(draft.predicate, draft.qualifiers) for draft in (assembly.drafts[number] for number in numbers)}
        if len(said) > 1:
            choice = next(CHOICES)
            for number in numbers:
                assembly.drafts[number] = replace(assembly.drafts[number], choice=choice)


def drop_unlinked(assembly: Assembly, since: int) -> None:
    """Of claims about names that are not in the graph, leave one: the same words may be cues of several relations."""
    own = assembly.drafts[since:]
    missing = [draft for draft in own if draft.reason is Reason.UNLINKED]
    first = {draft.about: draft for draft in reversed(missing)}
    linked = {draft.predicate for draft in own if draft.object and draft.reason is None}
    if linked:
        own = [draft for draft in own if draft.reason is not Reason.UNLINKED or draft.predicate in linked]
        assembly.drafts[since:] = own
    if len({draft.predicate for draft in own}) > 1:
        assembly.drafts[since:] = [d for d in own if d.reason is not Reason.UNLINKED or first[d.about] is d]


def drop_vague(assembly: Assembly, since: int) -> None:
    """Leave out that there is any or none at all where the same word said of what."""
    own = assembly.drafts[since:]
    if any(draft.object or draft.about for draft in own):
        assembly.drafts[since:] = [d for d in own if d.object or d.about or d.quantity is not None]


def drop_implied(assembly: Assembly) -> None:
    """Leave out that a thing is not warned against where it is for that, and what the amount of it says as well."""
    stated = {(d.subject, d.object) for d in assembly.drafts if d.object and not d.negated}
    sized = [d for d in assembly.drafts if d.object and d.quantity is not None]
    settled = {d.choice for d in assembly.drafts if d.choice and any(_is_same_with_more(o, d) for o in assembly.drafts)}
    assembly.drafts[:] = [
        d
        for d in assembly.drafts
        if not (d.negated and not d.choice and (d.subject, d.object) in stated)
        and not any(_says_more(other, d) for other in sized)
        and not _is_told_better(d, assembly)
        and d.choice not in settled
        and not any(_is_same_with_more(other, d) for other in assembly.drafts)
    ]


def _is_same_with_more(fuller: Draft, draft: Draft) -> bool:
    """Say whether a claim is stated once more, with qualifiers beside."""
    ends = (draft.subject, draft.predicate, draft.object)
    if len(draft.qualifiers) >= len(fuller.qualifiers) or ends != (fuller.subject, fuller.predicate, fuller.object):
        return False
    own, more = dict(draft.qualifiers), dict(fuller.qualifiers)
    bare = replace(draft, qualifiers=(), start=0, end=0, choice=0)
    return (
        own.items() < more.items()
        and own.get("quantifier") == more.get("quantifier")
        and replace(fuller, qualifiers=(), start=0, end=0, choice=0) == bare
    )


def _is_told_better(draft: Draft, assembly: Assembly) -> bool:
    """Say whether a claim about any, or about a name that is not in the graph, is one about known names as well."""
    alike = {cue.relation for cue in assembly.statements.pairs}
    is_vague = not draft.object and dict(draft.qualifiers).get("quantifier") in {"any", "none"}
    if draft.predicate not in alike or not (is_vague or draft.reason is Reason.UNLINKED):
        return False
    return any(
        other.predicate in alike
        and other.subject == draft.subject
        and other is not draft
        and (
            bool(other.object) or (not is_vague and other.reason is draft.reason and other.predicate < draft.predicate)
        )
        for other in assembly.drafts
    )


def _says_more(sized: Draft, plain: Draft) -> bool:
    """Say whether the amount of something says as well that it is there: the same words were cues of both."""
    return (
        plain.quantity is None
        and not plain.qualifiers
        and (plain.subject, plain.object) == (sized.subject, sized.object)
        and plain.predicate != sized.predicate
        and plain.start < sized.end
        and sized.start < plain.end
    )
