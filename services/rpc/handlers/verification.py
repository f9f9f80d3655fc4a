"""VerificationService: claims and texts against the graph; a proof of each verdict can be replayed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import grpc
from google.protobuf import struct_pb2

from bencao.v1 import claim_pb2
from bencao.v1 import verification_service_pb2 as messages
from bencao.v1.verification_service_pb2_grpc import VerificationServiceServicer
from kg.errors import RevisionGone
from kg.linking.fold import fold_key
from kg.messages import text
from kg.model import Entity, Fact, Qualifiers, Revision, Scalar, Subgraph
from kg.query import read as graph
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict, Quantity, Reason, Verdict
from reasoning.claims import CheckedText, verify_text
from reasoning.domain import Domain
from reasoning.verify import check, proof_document
from services.rpc.convert import Wording, enum_value, revision_message, subgraph_message, verdict_message
from services.rpc.errors import InvalidField
from services.rpc.requests import Service, check_revision, domain_of, entity_of, label_languages, language_of

__all__ = ["VerificationHandlers"]

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class VerificationHandlers(VerificationServiceServicer):
    """Judges by the graphs of `service`; every call reads one snapshot."""

    def __init__(self, service: Service) -> None:
        """Serve the domains of `service`."""
        self._service = service

    async def VerifyClaims(  # noqa: N802 - the stubs' base is for both kinds of server; the name is the contract's
        self, request: messages.VerifyClaimsRequest, context: Context
    ) -> messages.VerifyClaimsResponse:
        """Return one verdict for each claim, in order."""
        del context
        domain = domain_of(self._service, request.domain)
        said = " ".join(claim.text for claim in request.claims)
        wording, language = _wording(request.language_code, said, domain)
        claims = [_claim(claim, f"claims[{place}]", domain) for place, claim in enumerate(request.claims)]
        revision = await check_revision(request.consistency, domain)
        async with domain.store.snapshot() as snapshot:
            _hold(revision, snapshot)
            verdicts, facts = await _judged(claims, domain, snapshot, language)
            evidence = await _evidence(verdicts, facts, domain, snapshot)
        proofs = _proofs(verdicts, evidence, snapshot.revision, domain, language) if request.with_proofs else ()
        return messages.VerifyClaimsResponse(
            verdicts=[verdict_message(verdict, wording) for verdict in verdicts],
            verified_at=revision_message(snapshot.revision),
            evidence=subgraph_message(evidence, wording),
            proof_documents=proofs,
        )

    async def VerifyText(  # noqa: N802 - as above
        self, request: messages.VerifyTextRequest, context: Context
    ) -> messages.VerifyTextResponse:
        """Return the claims of a text with their verdicts, and how each sentence was treated."""
        del context
        domain = domain_of(self._service, request.domain)
        wording, language = _wording(request.language_code, request.text, domain)
        revision = await check_revision(request.consistency, domain)
        async with domain.store.snapshot() as snapshot:
            _hold(revision, snapshot)
            checked = await verify_text(request.text, domain, snapshot, language=language)
            facts = {fact.id: fact for fact in checked.evidence.facts}
            evidence = await _evidence(checked.verdicts, facts, domain, snapshot)
        given = checked.verdicts if request.with_proofs else ()
        proofs = _proofs(given, evidence, checked.revision, domain, language)
        return _text_message(replace(checked, evidence=evidence), wording, proofs)


def _wording(language_code: str, said: str, domain: Domain) -> tuple[Wording, str]:
    languages = label_languages(language_of(language_code, "language_code"), said, domain)
    return Wording(domain.pack.id, languages, domain.sources), languages[0]


def _hold(revision: str, snapshot: Snapshot) -> None:
    """Raise `RevisionGone` if the graph has changed since it was looked at."""
    if revision and snapshot.revision.token != revision:
        message = "the graph does not hold this revision; ask without one, or with the current one"
        raise RevisionGone(message, oldest_revision=snapshot.revision.token)


def _claim(message: claim_pb2.Claim, path: str, domain: Domain) -> Claim:
    quantity = None
    if message.HasField("quantity"):
        given = message.quantity
        quantity = Quantity(
            given.low if given.HasField("low") else None,
            given.high if given.HasField("high") else None,
            given.unit,
            given.basis,
        )
    return Claim(
        text=message.text,
        subject=entity_of(message.subject.strip(), domain, f"{path}.subject"),
        predicate=message.predicate,
        object=entity_of(message.object.strip(), domain, f"{path}.object"),
        negated=message.negated,
        quantity=quantity,
        qualifiers=_qualifiers(message.qualifiers, f"{path}.qualifiers"),
        start_byte=message.start_byte,
        end_byte=message.end_byte,
    )


def _qualifiers(given: struct_pb2.Struct, path: str) -> Qualifiers:
    held: dict[str, Scalar] = {}
    faults = {}
    for key, value in given.fields.items():
        kind = value.WhichOneof("kind")
        if kind == "number_value" and not math.isfinite(value.number_value):
            faults[f"{path}.{key}"] = "must be a finite number"
        elif kind in {"string_value", "number_value", "bool_value"}:
            held[key] = getattr(value, kind)
        else:
            faults[f"{path}.{key}"] = "must be a text, a number or a boolean"
    if faults:
        raise InvalidField(faults)
    return held


async def _judged(
    claims: Sequence[Claim], domain: Domain, snapshot: Snapshot, language: str
) -> tuple[tuple[ClaimVerdict, ...], Mapping[str, Fact]]:
    """Return the verdicts and the facts behind them; names that are no ids are looked up, and never guessed."""
    known = await graph.entities(snapshot, {end for claim in claims for end in (claim.subject, claim.object) if end})
    linked = [replace(c, subject=_id(c.subject, known, domain), object=_id(c.object, known, domain)) for c in claims]
    checked = await check(linked, snapshot, domain.pack.schema, language=language, sources=domain.sources)
    verdicts = list(checked.verdicts)
    for place, claim in enumerate(claims):
        if any(_is_ambiguous(end, known, domain) for end in (claim.subject, claim.object)):
            reason, rationale = Reason.AMBIGUOUS, text("verdict_ambiguous", language)
            proof = (f"rules/{reason}",)
            verdicts[place] = ClaimVerdict(claim, Verdict.NOT_CHECKABLE, reason, rationale=rationale, proof=proof)
    return tuple(verdicts), checked.facts


def _named(end: str, domain: Domain) -> list[str]:
    return sorted({entry.entity for entry in domain.index.at(fold_key(end))}) if end else []


def _id(end: str, known: Mapping[str, Entity], domain: Domain) -> str:
    found = [] if not end or end in known else _named(end, domain)
    return found[0] if len(found) == 1 else end


def _is_ambiguous(end: str, known: Mapping[str, Entity], domain: Domain) -> bool:
    return bool(end) and end not in known and len(_named(end, domain)) > 1


async def _evidence(
    verdicts: Sequence[ClaimVerdict], facts: Mapping[str, Fact], domain: Domain, snapshot: Snapshot
) -> Subgraph:
    """Return every fact that a verdict or its proof names, and every entity that one of them or a claim is about.

    The premises of derived facts, which judging does not read, are read here, so that a proof can be followed.
    """
    named = {step.removeprefix("facts/") for verdict in verdicts for step in verdict.proof if step.startswith("facts/")}
    if missing := named - facts.keys():
        premises = await graph.facts(snapshot, domain.pack.schema, missing)
        facts = {**facts, **dict(sorted(premises.items()))}
    ends = {end for fact in facts.values() for end in (fact.subject, fact.object)}
    ends |= {end for verdict in verdicts for end in (verdict.claim.subject, verdict.claim.object) if end}
    entities = await graph.entities(snapshot, ends)
    return Subgraph(tuple(entities.values()), tuple(facts.values()))


def _proofs(
    verdicts: Iterable[ClaimVerdict], evidence: Subgraph, revision: Revision, domain: Domain, language: str
) -> list[str]:
    """Return the proof of each verdict; what the words alone decided cannot be made again from a claim."""
    pack = domain.pack
    facts = {fact.id: fact for fact in evidence.facts}
    entities = {entity.id: entity for entity in evidence.entities}
    return [
        proof_document(verdict, revision, pack.id, pack.version, language, facts=facts, entities=entities)
        if verdict.verdict is not Verdict.NOT_CHECKABLE and verdict.claim.subject
        else ""
        for verdict in verdicts
    ]


def _text_message(checked: CheckedText, wording: Wording, proofs: Iterable[str]) -> messages.VerifyTextResponse:
    wire: Any = claim_pb2.ClaimVerdict.Verdict
    overall: Any = (
        enum_value(wire, "VERDICT", checked.overall) if checked.overall else claim_pb2.ClaimVerdict.VERDICT_UNSPECIFIED
    )
    return messages.VerifyTextResponse(
        verdicts=[verdict_message(verdict, wording) for verdict in checked.verdicts],
        evidence=subgraph_message(checked.evidence, wording),
        verified_at=revision_message(checked.revision),
        sentences=[
            messages.Sentence(
                start_byte=sentence.start_byte,
                end_byte=sentence.end_byte,
                kind=enum_value(messages.Sentence.Kind, "KIND", sentence.kind),
                verdicts=sentence.verdicts,
            )
            for sentence in checked.sentences
        ],
        overall=overall,
        proof_documents=proofs,
    )
