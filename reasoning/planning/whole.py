"""Plans without a named entity: everything of a type, what has any fact of a relation, the most and the fewest."""

from collections.abc import Iterable, Iterator
from typing import Final

from kg.query.plan import Anchor, Expand, OfType, Top
from kg.schema import Criticality, Step
from reasoning.lexicon import TagKind
from reasoning.planning.form import Candidate, Context, finish
from reasoning.planning.lists import conditions

__all__ = ["whole_types"]

_VALUE: Final = 1.0
_USUAL: Final = 0.5  # what the things of a type usually have to do with each other
_NAMED: Final = 0.5


def _kinds(context: Context) -> frozenset[str]:
    """Return the types that a question without a name is about."""
    kinds = context.focus or frozenset(context.signals.types)
    if not kinds and context.where:  # 十九畏有哪些: everything that a named value of a relation joins
        relations = context.signals.relations
        kinds = frozenset(kind for name in relations for kind in context.schema.relations[name].subjects)
    return kinds


def whole_types(context: Context) -> Iterator[Candidate]:
    """Yield plans without a named entity: all of a type, those with any fact of a relation, or those with the most."""
    schema, operators = context.schema, context.reading.operators()
    permitting = bool(operators & {"permit", "except"})  # what may be used is not what the graph is silent about
    for kind in sorted(_kinds(context)):
        used = context.signals.types.get(kind, frozenset())
        for step in schema.steps_from(frozenset({kind})):
            words = context.signals.relations.get(step.relation, frozenset())
            if permitting and schema.relations[step.relation].criticality is Criticality.SAFETY:
                continue
            if schema.relations[step.relation].quantity:
                continue  # how many doses are recorded is not how large they are
            if any(tag.kind is TagKind.QUALIFIER for n in words for tag in context.reading.words[n].tags):
                continue  # nor is the amount that facts carry ranked here
            if operators & {"most", "fewest"}:
                yield from _ranked(kind, step, words, used, context)
            elif words:
                for end in sorted(schema.targets(frozenset({kind}), step)):
                    back = Step(step.relation, forward=not step.forward)
                    where, valued = conditions(step, context)
                    walked = Expand(OfType(end), back, (kind,), where)
                    score = 1.0 + _VALUE * len(valued) + _NAMED * _is_named(step.relation, words, context)
                    yield finish(context, walked, score, used | words | valued, end=kind)
        # All of a type answers only a question that asks for no more than the type.
        unexplained = context.reading.leftovers or context.reading.is_vague or context.reading.amounts
        if not context.steering and not permitting and not unexplained and not operators & {"most", "fewest"}:
            yield finish(context, OfType(kind), 1.5 if operators & {"count", "which"} else 0.0, used, end=kind)


def _is_named(relation: str, words: Iterable[int], context: Context) -> bool:
    """Say whether a word names the relation itself, not only a value that its facts carry."""
    wanted = (TagKind.RELATION, relation)
    return any((tag.kind, tag.value) == wanted for n in words for tag in context.reading.words[n].tags)


def _ranked(
    kind: str, step: Step, words: frozenset[int], used: frozenset[int], context: Context
) -> Iterator[Candidate]:
    """Yield what has the highest (or lowest) grade of a relation, or the most (or fewest) targets."""
    relation, is_most = context.schema.relations[step.relation], "most" in context.reading.operators()
    others = (context.schema.targets(frozenset({kind}), step) & set(context.signals.types)) - {kind}
    if relation.order and step.forward and words:
        grade = Anchor((relation.order[-1 if is_most else 0],))
        yield finish(context, Expand(grade, Step(step.relation, forward=False), (kind,)), 6.0, used | words, end=kind)
        return
    words |= frozenset[int]().union(*(context.signals.types[other] for other in others))
    if words or others:
        score = 3.0 + _USUAL * relation.implied + bool(words) + bool(others)
        yield finish(context, Top(OfType(kind), step, most=is_most), score, used | words, end=kind)
