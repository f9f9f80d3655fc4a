"""What is gathered while a sentence is read: claims in the making, what they rest on, and what the text is about."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kg.model import Scalar
from kg.schema import Relation, Schema
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends, group_before, names_of
from reasoning.claims.statements import Cue, MarkKind, Statements
from reasoning.claims.token import Token

__all__ = [
    "CHOICES",
    "Assembly",
    "Topic",
    "carried",
    "classes_of",
    "fits",
    "is_object",
    "set_topic",
    "things",
    "topic_of",
]

CHOICES: Final = itertools.count(1)  # names for groups of claims that say the same in other terms


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
    closed: set[int] = field(default_factory=set)  # tokens of clauses that state nothing as it is
    stated: set[tuple[int, str]] = field(default_factory=set)  # what a relation has been read from
    frames: "list[tuple[Cue, tuple[Token, ...], bool]]" = field(default_factory=list)
    lists: "dict[tuple[str, str], tuple[Draft, set[str], bool]]" = field(default_factory=dict)  # meant to be whole
    both: "tuple[Token, ...]" = ()  # the things of the last clause that named several
    last: "tuple[Token, ...]" = ()  # the thing that was named last
    context: str = ""  # of whom the last clause spoke, as a context of the pack
    is_truncated: bool = False
    is_measured: bool = False  # the sentence has an amount
    doubts: bool = False
    pending: "list[tuple[Cue, Ends, Token]]" = field(default_factory=list)
    is_suspended: bool = False  # what follows holds only in a special case
    has_stated: bool = False  # … of which something has been stated


def topic_of(assembly: Assembly, relation: Relation) -> tuple[Token, ...]:
    """Return what the text is about, as far as it may be the subject of a relation."""
    if not assembly.topic.is_sure:
        return ()
    return names_of(assembly.topic.names, relation.subjects, unknown=True)


def carried(before: Sequence[Token], assembly: Assembly, relation: Relation) -> tuple[Token, ...]:
    """Return what a clause without a subject speaks of: the topic, or each thing of the clause before."""
    topic = topic_of(assembly, relation)
    both = names_of(assembly.both, relation.subjects) if any(token.has(MarkKind.EACH) for token in before) else ()
    return (both or topic) if topic else ()


def things(schema: Schema) -> frozenset[str]:
    """Return the types that a text may be about: whatever is no value and has facts of its own."""
    subjects = {kind for relation in schema.relations.values() for kind in relation.subjects}
    return frozenset(kind for kind in subjects if not schema.types[kind].is_value)


def set_topic(tokens: Sequence[Token], assembly: Assembly) -> None:
    """Take what is named as what the text is about from here on."""
    if names := group_before(tokens, things(assembly.schema)):
        assembly.topic = Topic(names)


def is_object(token: Token, assembly: Assembly) -> bool:
    """Say whether a name has been read as the object of something."""
    return token.named is not None and any(start == token.start for start, _ in assembly.stated)


def fits(token: Token, relation: Relation) -> bool:
    """Say whether a name may be the object of a relation."""
    return token.named is not None and bool(token.named.of(relation.objects))


def classes_of(tokens: Sequence[Token], relation: Relation, schema: Schema) -> tuple[Token, ...]:
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
