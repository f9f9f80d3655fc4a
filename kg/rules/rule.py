"""One safety rule, as a pack declares it: what fires it, how bad that is, what to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from kg.model import Scalar

__all__ = ["KINDS", "SEVERITIES", "Band", "Rule", "RuleType", "Wanted", "holds", "worst"]

KINDS: Final = ("interaction", "contraindication", "dose", "toxicity", "regulatory")
SEVERITIES: Final = ("info", "minor", "moderate", "major", "contraindicated")

Wanted: TypeAlias = Scalar | Mapping[str, float]  # a value, or bounds: `from` (included) and `below` (excluded)


class RuleType(StrEnum):
    """What makes a rule fire; the key of `when` that names its relation."""

    PAIR = "pair"  # a fact between two things that are used, or between one and what the person names
    FACT = "fact"  # a fact of one thing
    AMOUNT = "amount"  # a stated amount outside the recorded ones
    HANDLING = "handling"  # how something has to be prepared, and is not
    SHARED = "shared"  # the same part in two things
    NAMED = "named"  # the very thing that the person names


@dataclass(frozen=True, slots=True)
class Band:
    """How bad an amount is whose ratio to the limit is beyond `ratio`: above it, or with `is_under` below it."""

    ratio: float
    severity: str
    is_under: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One declared rule. Texts are by language; `message` has placeholders for subjects, object and qualifiers.

    Attributes:
        relation: the relation whose facts make it fire; empty for `RuleType.NAMED`.
        type: what makes it fire.
        objects: standard names (reference language) that the fact's object must have; any if empty.
        context: what must be known of the person; a number may have bounds instead of one value.
        with_key: the key of the context under which the person names what may be the other end of a pair.
        up: the relations along which what the person names counts as everything broader too.
        also: relation → standard names: the subject has a fact of each of these relations with one of the objects.
        lacks: as `also`, but what a thing that was itself named must not have.
        parts: the relation from a whole to its parts whose facts state how much of each it has (for `AMOUNT`).
        exception: the relation from a recorded whole to things that it has together in spite of the rule.
        stated: forms of preparation (of `safety.yaml`) one of which must be stated of the subject; any if empty.
        unless: forms of preparation none of which may be stated of it.
        met: standard names of handlings any of which meets a rule of `HANDLING`; its objects if empty.
        expand: relations along which a subject stands for its targets, in the order in which they are walked.
        wordings: relation of `expand` → how to say, by language, that `name` came in through `through`.
        severity_by: empty for one level (`severity`), `object`, `type`, or a qualifier whose value `severities` maps.
        bands: how bad an amount is, by its ratio to the limit.
        through: relation of `expand` → the worst level that a finding has which came in through it.
        settled: the level where a stated amount and handling are as recorded, or `none`; empty to leave it.
        unstated: the level where nothing is said of amount or preparation, or `none`; empty to leave it.
        recorded: the worst level of an amount that a recorded whole has too, where all of that whole is used; empty to
            leave it.
        most: at most so many findings, the worst; 0 for all.
        is_listed: all objects of a thing are told in one sentence.
        is_unsure: of what is to be used, what came in through `expand` counts only where a name is no standard name.
        is_prescribed: it looks only at things that are to be used, not at those that a question names.
        under: what to say of an amount that is too small.
        unclear: what to say of an amount that cannot be compared.
        total: what to say of several amounts together.
        twice: what to say of one thing that stands twice; without it only different things share something.
        documented: what to add where the two, or the amount, are recorded in some whole in spite of the rule.
        is_proposal: the level is the pack's own proposal, not its source's.
    """

    id: str
    kind: str
    relation: str
    type: RuleType
    title: Mapping[str, str]
    message: Mapping[str, str]
    severity: str = "info"
    severity_by: str = ""
    severities: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    objects: tuple[str, ...] = ()
    context: Mapping[str, Wanted] = field(default_factory=dict)
    with_key: str = ""
    up: tuple[str, ...] = ()
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: str = ""
    exception: str = ""
    met: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    wordings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    through: Mapping[str, str] = field(default_factory=dict)
    settled: str = ""
    unstated: str = ""
    recorded: str = ""
    most: int = 0
    is_listed: bool = False
    is_unsure: bool = False
    is_prescribed: bool = False
    management: Mapping[str, str] = field(default_factory=dict)
    mechanism: Mapping[str, str] = field(default_factory=dict)
    under: Mapping[str, str] = field(default_factory=dict)
    unclear: Mapping[str, str] = field(default_factory=dict)
    total: Mapping[str, str] = field(default_factory=dict)
    twice: Mapping[str, str] = field(default_factory=dict)
    documented: Mapping[str, str] = field(default_factory=dict)
    is_proposal: bool = True

    @property
    def is_pair(self) -> bool:
        """Whether it fires on a fact between two things."""
        return self.type is RuleType.PAIR

    @property
    def names_sources(self) -> bool:
        """Whether its texts name the works behind the facts."""
        return any("{source}" in said for texts in (self.message, self.management) for said in texts.values())

    @property
    def relations(self) -> frozenset[str]:
        """Every relation whose facts it reads."""
        single = {self.relation, self.parts, self.exception} - {""}
        return frozenset(single.union(self.up, self.expand, self.also, self.lacks))

    @property
    def keys(self) -> frozenset[str]:
        """Every key of the person's context that it reads."""
        return frozenset({*self.context, self.with_key} - {""})

    def level(self, object_name: str, qualifiers: Mapping[str, Scalar], object_type: str = "") -> str:
        """Return the severity for a fact with this object and these qualifiers; the worst mapped one if none fits."""
        if not self.severity_by:
            return self.severity
        named = {"object": object_name, "type": object_type}
        key = named.get(self.severity_by, str(qualifiers.get(self.severity_by, "")))
        return self.severities.get(key) or max(self.severities.values(), key=SEVERITIES.index)

    def band(self, ratio: float, *, is_under: bool) -> str:
        """Return how bad an amount of this ratio to the limit is; empty if it is within."""
        fitting = [
            band.severity
            for band in self.bands
            if band.is_under is is_under and (ratio < band.ratio if is_under else ratio > band.ratio)
        ]
        return max(fitting, key=SEVERITIES.index, default="")

    def applies(self, context: Mapping[str, Any]) -> bool:
        """Say whether everything is known of the person that this rule asks for."""
        return all(holds(context.get(key), wanted) for key, wanted in self.context.items())

    def unknown(self, context: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Return the keys that would decide whether it applies; None if it cannot apply, whatever they are."""
        given = {key: wanted for key, wanted in self.context.items() if context.get(key) is not None}
        if not all(holds(context[key], wanted) for key, wanted in given.items()):
            return None
        return tuple(key for key in self.context if key not in given)


def holds(given: object, wanted: Wanted) -> bool:
    """Say whether a value of the context is the one wanted, or within the bounds."""
    if not isinstance(wanted, Mapping):
        return given == wanted
    if isinstance(given, bool) or not isinstance(given, int | float):
        return False
    return wanted.get("from", given) <= given and not ("below" in wanted and given >= wanted["below"])


def worst(*levels: str) -> str:
    """Return the worst of some levels; empty ones do not count."""
    return max(filter(None, levels), key=SEVERITIES.index, default="")
