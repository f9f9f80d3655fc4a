"""Answers, events and the nouns of the graph as messages of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from google.protobuf import duration_pb2, struct_pb2, timestamp_pb2

from bencao.v1 import answer_service_pb2, claim_pb2, graph_pb2, safety_pb2
from kg.model import Entity, Evidence, Fact, Grade, Qualifiers, Revision, Source, Subgraph
from reasoning.answer import Answer, Claim, ClaimVerdict, Clarification, Comparison, Finding, PlanStep, Quantity, Usage

__all__ = [
    "Wording",
    "answer_message",
    "claim_message",
    "duration",
    "entity_message",
    "entity_name",
    "enum_value",
    "fact_message",
    "finding_message",
    "resource_name",
    "revision_message",
    "subgraph_message",
    "verdict_message",
]

_STRENGTH: Final = tuple(Grade)


@dataclass(frozen=True, slots=True)
class Wording:
    """What messages need beyond the data: the domain's id, languages for labels, best first, and the works."""

    domain: str
    languages: tuple[str, ...]
    sources: Mapping[str, Source]


def enum_value(wire: Any, prefix: str, member: Enum) -> Any:  # noqa: ANN401 - every generated enum is a type of its own
    """Return the number on the wire of `member`, whose name there is `PREFIX_NAME`."""
    return wire.Value(f"{prefix}_{member.name}")


def entity_name(domain: str, entity: str) -> str:
    """Return the resource name of an entity id; empty for an empty one."""
    return resource_name(domain, "entities", entity)


def revision_message(revision: Revision) -> graph_pb2.GraphRevision:
    """Return the opaque token of a revision."""
    return graph_pb2.GraphRevision(token=revision.token)


def duration(seconds: float) -> duration_pb2.Duration:
    """Return `seconds` as a message."""
    message = duration_pb2.Duration()
    message.FromNanoseconds(int(seconds * 1e9))
    return message


def answer_message(answer: Answer, wording: Wording) -> answer_service_pb2.Answer:
    """Return a whole answer with everything that a reader needs to check it."""
    created = timestamp_pb2.Timestamp()
    created.FromDatetime(answer.created)
    wording = Wording(
        wording.domain, wording.languages, {**wording.sources, **{source.key: source for source in answer.sources}}
    )
    message = answer_service_pb2.Answer(
        name=f"answers/{answer.id}",
        outcome=enum_value(answer_service_pb2.Answer.Outcome, "OUTCOME", answer.outcome),
        text=answer.text,
        claims=[verdict_message(verdict, wording) for verdict in answer.claims],
        subgraph=subgraph_message(answer.evidence, wording),
        answered_at=revision_message(answer.answered_at),
        create_time=created,
        usage=_usage(answer.usage),
        plan=answer_service_pb2.QueryPlan(steps=map(_plan_step, answer.plan.steps), planner=answer.plan.planner),
        findings=[finding_message(finding, wording) for finding in answer.findings],
        degradations=[
            enum_value(answer_service_pb2.Degradation, "DEGRADATION", degradation)
            for degradation in answer.degradations
        ],
        conversation=answer.conversation,
        pack_version=answer.pack_version,
        guard=resource_name(wording.domain, "guards", answer.guard),
    )
    if answer.completeness:
        message.completeness.shown = answer.completeness.shown
        message.completeness.total = answer.completeness.total
    if answer.clarification:
        message.clarification.CopyFrom(_clarification(answer.clarification, wording))
    return message


def subgraph_message(subgraph: Subgraph, wording: Wording) -> graph_pb2.Subgraph:
    """Return entities and facts in their order."""
    return graph_pb2.Subgraph(
        entities=[entity_message(entity, wording) for entity in subgraph.entities],
        facts=[fact_message(fact, wording) for fact in subgraph.facts],
        truncated=subgraph.truncated,
    )


def entity_message(entity: Entity, wording: Wording) -> graph_pb2.Entity:
    """Return an entity with its label in the first language that has one, and all other names as aliases."""
    label = entity.label(*wording.languages)
    others = dict.fromkeys(name.text for name in entity.names if name.text != label)
    return graph_pb2.Entity(
        name=entity_name(wording.domain, entity.id),
        type=entity.type,
        display_name=label,
        aliases=others,
        properties=_struct(entity.properties),
    )


def fact_message(fact: Fact, wording: Wording) -> graph_pb2.Fact:
    """Return a fact whose evidence, strongest first, can be cited as it stands."""
    evidence = [_evidence(item, wording.sources.get(item.source)) for item in fact.evidence]
    return graph_pb2.Fact(
        name=resource_name(wording.domain, "facts", fact.id),
        subject=entity_name(wording.domain, fact.subject),
        predicate=fact.predicate,
        object=entity_name(wording.domain, fact.object),
        qualifiers=_struct(fact.qualifiers),
        status=enum_value(graph_pb2.Fact.Status, "STATUS", fact.status),
        evidence=sorted(evidence, key=lambda item: item.grade, reverse=True),
        derived_from=[resource_name(wording.domain, "facts", part) for part in fact.derived_from],
    )


def claim_message(claim: Claim, domain: str) -> claim_pb2.Claim:
    """Return one claim with the resource names of its ends."""
    message = claim_pb2.Claim(
        text=claim.text,
        subject=entity_name(domain, claim.subject),
        predicate=claim.predicate,
        object=entity_name(domain, claim.object),
        negated=claim.negated,
        start_byte=claim.start_byte,
        end_byte=claim.end_byte,
        qualifiers=_struct(claim.qualifiers),
    )
    if claim.quantity:
        message.quantity.CopyFrom(_quantity(claim.quantity))
    return message


def verdict_message(verdict: ClaimVerdict, wording: Wording) -> claim_pb2.ClaimVerdict:
    """Return one verdict with the resource names of the facts that decided it."""
    message = claim_pb2.ClaimVerdict(
        claim=claim_message(verdict.claim, wording.domain),
        verdict=enum_value(claim_pb2.ClaimVerdict.Verdict, "VERDICT", verdict.verdict),
        supporting_facts=[resource_name(wording.domain, "facts", fact) for fact in verdict.supporting],
        refuting_facts=[resource_name(wording.domain, "facts", fact) for fact in verdict.refuting],
        reason=enum_value(claim_pb2.ClaimVerdict.Reason, "REASON", verdict.reason),
        rationale=verdict.rationale,
        proof=[resource_name(wording.domain, "facts", step) for step in verdict.proof],
    )
    if verdict.comparison:
        message.comparison.CopyFrom(_comparison(verdict.comparison))
    return message


def resource_name(domain: str, collection: str, name: str) -> str:
    """Return `domains/{domain}/{collection}/{name}`; a name that has its collection already keeps it."""
    if not name:
        return ""
    return f"domains/{domain}/{name}" if "/" in name else f"domains/{domain}/{collection}/{name}"


def _evidence(evidence: Evidence, source: Source | None) -> graph_pb2.Evidence:
    work = source or Source(evidence.source, evidence.source)
    edition = f" ({work.edition})" if work.edition and work.edition not in work.title else ""
    grade = evidence.grade if evidence.grade is not Grade.UNSPECIFIED else work.grade
    return graph_pb2.Evidence(
        source=work.title + edition,
        source_version=work.edition,
        locator=evidence.locator,
        quote=evidence.quote,
        grade=enum_value(graph_pb2.Evidence.Grade, "GRADE", grade),
        license=work.licence,
        review=enum_value(graph_pb2.Evidence.Review, "REVIEW", evidence.review),
        url=work.url,
    )


def finding_message(finding: Finding, wording: Wording) -> safety_pb2.Finding:
    """Return one finding, with the arithmetic behind it and the caller's acknowledgement, if there are any."""
    message = safety_pb2.Finding(
        rule=resource_name(wording.domain, "rules", finding.rule),
        kind=enum_value(safety_pb2.CheckKind, "CHECK_KIND", finding.kind),
        severity=enum_value(safety_pb2.Finding.Severity, "SEVERITY", finding.severity),
        subjects=[entity_name(wording.domain, subject) for subject in finding.subjects],
        message=finding.message,
        facts=[resource_name(wording.domain, "facts", fact) for fact in finding.facts],
        grade=enum_value(graph_pb2.Evidence.Grade, "GRADE", finding.grade),
        mechanism=finding.mechanism,
        management=finding.management,
    )
    if finding.comparison:
        message.comparison.CopyFrom(_comparison(finding.comparison))
    if given := finding.acknowledgement:
        message.acknowledgement.CopyFrom(
            safety_pb2.Acknowledgement(
                rule=resource_name(wording.domain, "rules", given.rule),
                subjects=[entity_name(wording.domain, subject) for subject in given.subjects],
                reason=given.reason,
            )
        )
    return message


def _comparison(comparison: Comparison) -> claim_pb2.Comparison:
    return claim_pb2.Comparison(
        given=comparison.given,
        limit=comparison.limit,
        ratio=comparison.ratio,
        unit=comparison.unit,
        basis=comparison.basis,
    )


def _clarification(clarification: Clarification, wording: Wording) -> answer_service_pb2.Clarification:
    candidates = [entity_message(entity, wording) for entity in clarification.candidates]
    return answer_service_pb2.Clarification(mention=clarification.mention, candidates=candidates)


def _plan_step(step: PlanStep) -> answer_service_pb2.PlanStep:
    return answer_service_pb2.PlanStep(
        operator=step.operator, description=step.description, query=step.query, rows=step.rows
    )


def _usage(usage: Usage) -> answer_service_pb2.Usage:
    return answer_service_pb2.Usage(
        model_calls=usage.model_calls,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        graph_queries=usage.graph_queries,
        elapsed=duration(usage.elapsed),
    )


def _quantity(quantity: Quantity) -> claim_pb2.Quantity:
    return claim_pb2.Quantity(low=quantity.low, high=quantity.high, unit=quantity.unit, basis=quantity.basis)


def _struct(values: Qualifiers) -> struct_pb2.Struct | None:
    if not values:
        return None
    message = struct_pb2.Struct()
    message.update(dict(values))
    return message
