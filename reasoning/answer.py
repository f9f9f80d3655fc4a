"""What the agent takes in and gives out: questions, claims with verdicts, findings, answers, events.

All of them are plain data; `services.rpc` turns them into messages of the wire contract, whose
comments say what each outcome, verdict and reason means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from kg.model import Entity, Grade, Qualifiers, Revision, Scalar, Source, Subgraph

__all__ = [
    "Acknowledgement",
    "Answer",
    "Audience",
    "CheckKind",
    "Claim",
    "ClaimChecked",
    "ClaimVerdict",
    "Clarification",
    "Comparison",
    "Completed",
    "Completeness",
    "Degradation",
    "DraftDelta",
    "Event",
    "Finding",
    "Outcome",
    "PlanStep",
    "Quantity",
    "QueryPlan",
    "Question",
    "Reason",
    "Retrieved",
    "Severity",
    "StepCompleted",
    "StepKind",
    "StepStarted",
    "Usage",
    "Verdict",
    "Warned",
]


class Outcome(StrEnum):
    """The kind of answer; the wire's `Answer.Outcome`."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    NOT_IN_GRAPH = "not_in_graph"
    CONTRADICTED = "contradicted"
    OUT_OF_DOMAIN = "out_of_domain"
    REFUSED_UNSAFE = "refused_unsafe"
    NEEDS_CLARIFICATION = "needs_clarification"
    PREMISE_REFUTED = "premise_refuted"


class Audience(StrEnum):
    """For whom an answer is worded; what it claims, and what it warns of, is the same for all."""

    PROFESSIONAL = "professional"
    PUBLIC = "public"


class Verdict(StrEnum):
    """What the graph says about a claim; the wire's `ClaimVerdict.Verdict`."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    NOT_CHECKABLE = "not_checkable"


class Reason(StrEnum):
    """Which rule of the verifier decided; the wire's `ClaimVerdict.Reason`."""

    EXACT_FACT = "exact_fact"
    DERIVED = "derived"
    WITHIN_RANGE = "within_range"
    OVER_LIMIT = "over_limit"
    RANGE_MISMATCH = "range_mismatch"
    BASIS_MISMATCH = "basis_mismatch"
    OPPOSITE_FACT = "opposite_fact"
    REVERSED_DIRECTION = "reversed_direction"
    QUALIFIER_MISMATCH = "qualifier_mismatch"
    OVERCLAIM = "overclaim"
    SUPERSEDED = "superseded"
    CONFLICTING_SOURCES = "conflicting_sources"
    OPEN_WORLD = "open_world"
    ABSENCE_IS_NOT_EVIDENCE = "absence_is_not_evidence"
    UNLINKED = "unlinked"
    AMBIGUOUS = "ambiguous"
    UNCHECKED = "unchecked"


class Severity(StrEnum):
    """How bad a finding is, mildest first; the wire's `Finding.Severity`."""

    INFO = "info"
    MINOR = "minor"
    MODERATE = "moderate"
    MAJOR = "major"
    CONTRAINDICATED = "contraindicated"


class CheckKind(StrEnum):
    """A family of safety rules; the wire's `CheckKind`."""

    INTERACTION = "interaction"
    CONTRAINDICATION = "contraindication"
    DOSE = "dose"
    TOXICITY = "toxicity"
    REGULATORY = "regulatory"


class Degradation(StrEnum):
    """A capability that an answer had to do without; the wire's `Degradation`."""

    NO_MODEL = "no_model"
    FALLBACK_MODEL = "fallback_model"
    TRUNCATED_SEARCH = "truncated_search"


class StepKind(StrEnum):
    """One node of the agent graph; the wire's `Step.Kind`."""

    LINK_ENTITIES = "link_entities"
    CHECK_SAFETY = "check_safety"
    PLAN = "plan"
    RETRIEVE = "retrieve"
    DRAFT = "draft"
    VERIFY = "verify"
    REVISE = "revise"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `language` is `zh`, `en` or empty for the text's own; `context` is about the person."""

    text: str
    language: str = ""
    max_hops: int = 3
    conversation: str = ""
    context: Mapping[str, Scalar | list[str]] = field(default_factory=dict)
    revision: str = ""  # a token that must be the one read; empty for the newest
    audience: Audience = Audience.PROFESSIONAL
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # words → ids, chosen before in a conversation
    asker: str = ""  # who asks, as the transport tells askers apart; conversations are each asker's own


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount: `low` or `high` None leaves that side open; two compare only on the same unit and basis."""

    low: float | None
    high: float | None
    unit: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An amount set against a recorded limit: both in `unit`, per `basis`; `ratio` is `given / limit`."""

    given: float
    limit: float
    ratio: float
    unit: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A caller's reason for accepting what `rule` finds about all of `subjects` (all of it, if empty)."""

    rule: str
    subjects: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable statement: entity ids and a relation of the schema, or empty where unknown.

    `start_byte` and `end_byte` are UTF-8 offsets into the text that the claim stands in.
    """

    text: str
    subject: str
    predicate: str
    object: str
    negated: bool = False
    quantity: Quantity | None = None
    qualifiers: Qualifiers = field(default_factory=dict)
    start_byte: int = 0
    end_byte: int = 0


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """What the graph says about one claim. `proof` names facts (`facts/…`) and rules (`rules/…`) in order."""

    claim: Claim
    verdict: Verdict
    reason: Reason
    supporting: tuple[str, ...] = ()
    refuting: tuple[str, ...] = ()
    rationale: str = ""
    proof: tuple[str, ...] = ()
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One safety rule that fired; `subjects` are entity ids, `facts` fact ids, `message` is in the asker's language."""

    rule: str
    kind: CheckKind
    severity: Severity
    subjects: tuple[str, ...]
    message: str
    facts: tuple[str, ...]
    grade: Grade = Grade.UNSPECIFIED
    mechanism: str = ""
    management: str = ""
    comparison: Comparison | None = None
    acknowledgement: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One operator that ran: its words in the answer's language, its query text, and the rows it returned."""

    operator: str
    description: str
    query: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The plan that ran; `planner` is `rules` or the model's name."""

    steps: tuple[PlanStep, ...] = ()
    planner: str = "rules"


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many items of a list the text shows, and how many the graph holds."""

    shown: int
    total: int


@dataclass(frozen=True, slots=True)
class Clarification:
    """Which words are ambiguous and what they may mean, best first."""

    mention: str
    candidates: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost; `elapsed` in seconds."""

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    graph_queries: int = 0
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer, or a refusal with its reason.

    `evidence` is the subgraph that the answer rests on; `sources` are the works that its facts
    name. `id` is random and names the answer on the wire.
    """

    id: str
    outcome: Outcome
    text: str
    answered_at: Revision
    created: datetime
    claims: tuple[ClaimVerdict, ...] = ()
    evidence: Subgraph = field(default_factory=Subgraph)
    sources: tuple[Source, ...] = ()
    usage: Usage = field(default_factory=Usage)
    plan: QueryPlan = field(default_factory=QueryPlan)
    findings: tuple[Finding, ...] = ()
    completeness: Completeness | None = None
    degradations: tuple[Degradation, ...] = ()
    clarification: Clarification | None = None
    conversation: str = ""
    pack_version: str = ""
    guard: str = ""  # the guard that refused, by its id in the pack; empty if none did


@dataclass(frozen=True, slots=True)
class StepStarted:
    """The agent began a step; `title` is in the answer's language."""

    kind: StepKind
    title: str


@dataclass(frozen=True, slots=True)
class StepCompleted:
    """A step ended after `elapsed` seconds."""

    kind: StepKind
    title: str
    elapsed: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The evidence found so far."""

    evidence: Subgraph


@dataclass(frozen=True, slots=True)
class DraftDelta:
    """Unverified text: show it as a draft or not at all."""

    text: str


@dataclass(frozen=True, slots=True)
class ClaimChecked:
    """The verdict on one claim of the draft."""

    verdict: ClaimVerdict


@dataclass(frozen=True, slots=True)
class Warned:
    """A recoverable fault, e.g. that the model did not answer; `reason` as in `kg.errors`."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The last event: the final answer."""

    answer: Answer


Event: TypeAlias = StepStarted | StepCompleted | Retrieved | DraftDelta | ClaimChecked | Warned | Completed
