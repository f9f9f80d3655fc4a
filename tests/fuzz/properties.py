"""What holds for whatever is sent: no fault but the documented ones, nothing decided by accident, twice the same."""

import asyncio
import re
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
import protovalidate
from google.protobuf.message import DecodeError, Message

from bencao.v1 import claim_pb2, decision_service_pb2, verification_service_pb2
from kg.store import Snapshot
from reasoning.answer import ClaimVerdict, Severity, Verdict
from reasoning.claims import CheckedText, SentenceKind, verify_text
from reasoning.domain import Domain
from reasoning.safety import Conclusion, InvalidPrescription, SafetyCheck, Subject, check, parse_prescription
from services.rpc.errors import status_code
from services.rpc.handlers.decisions import DecisionHandlers
from services.rpc.handlers.verification import VerificationHandlers
from tests.fuzz.made import Words, words_of
from tests.reasoning.parts import loaded
from tests.rpc.parts import Minerals

__all__ = [
    "Fuzzed",
    "bytes_hold",
    "claim_holds",
    "opened",
    "prescription_holds",
    "request_holds",
    "subjects_hold",
    "text_holds",
]

T = TypeVar("T")
WORST = (Verdict.REFUTED, Verdict.NOT_CHECKABLE, Verdict.NOT_ENOUGH_EVIDENCE, Verdict.SUPPORTED)
DECIDED = frozenset({Verdict.SUPPORTED, Verdict.REFUTED})
_LONGEST_CLAIM = 2000
_HALVES = re.compile("[\ud800-\udfff]")  # of surrogate pairs, which no UTF-8 holds


@dataclass(frozen=True)
class Fuzzed:
    """A domain with an open snapshot and the loop that it lives in; `revision` never changes."""

    loop: asyncio.AbstractEventLoop
    domain: Domain
    snapshot: Snapshot
    known: frozenset[str]  # ids of the domain's entities
    words: Words

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` comes to."""
        return self.loop.run_until_complete(work)

    @property
    def service(self) -> Minerals:
        """The domain as a service of one."""
        return Minerals({self.domain.pack.id: self.domain}, self.domain.pack.id)


@contextmanager
def opened(pack_folder: Path, folder: Path) -> Iterator[Fuzzed]:
    """Load a pack into a new file in `folder`; it stays open, on one snapshot, until the end of the block."""
    loop = asyncio.new_event_loop()
    try:
        domain = loop.run_until_complete(loaded(pack_folder, folder / "graph.db"))
        held = domain.store.snapshot()
        snapshot = loop.run_until_complete(held.__aenter__())
        known = frozenset(entity.id for entity in domain.pack.graph.entities)
        try:
            yield Fuzzed(loop, domain, snapshot, known, words_of(domain))
        finally:
            loop.run_until_complete(held.__aexit__(None, None, None))
            loop.run_until_complete(domain.store.close())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def text_holds(words: str, fuzzed: Fuzzed) -> CheckedText:
    """Verify a text; its sentences cover it, spans lie in them in order, and what is decided is about known things."""
    found = fuzzed.run(verify_text(words, fuzzed.domain, fuzzed.snapshot))
    data = _HALVES.sub("\ufffd", words).encode()
    assert [s.start_byte for s in found.sentences] == [0, *(s.end_byte for s in found.sentences)][
        : len(found.sentences)
    ]
    assert (found.sentences[-1].end_byte if found.sentences else 0) == len(data)
    assert [n for s in found.sentences for n in s.verdicts] == list(range(len(found.verdicts)))
    kinds: list[Verdict] = []
    for sentence in found.sentences:
        own = [found.verdicts[number] for number in sentence.verdicts]
        if sentence.kind is SentenceKind.NON_FACTUAL:  # a question is about the domain and states nothing
            assert {verdict.verdict for verdict in own} <= {Verdict.NOT_CHECKABLE}
        else:
            assert own
            kinds += [verdict.verdict for verdict in own]
        for verdict in own:
            claim = verdict.claim
            assert sentence.start_byte <= claim.start_byte <= claim.end_byte <= sentence.end_byte
            said = data[claim.start_byte : claim.end_byte].decode()
            assert claim.text == said[:_LONGEST_CLAIM]
    told = {fact.id for fact in found.evidence.facts}
    for verdict in found.verdicts:
        _is_no_accident(verdict, told, fuzzed)
    assert found.overall is next((worst for worst in WORST if worst in kinds), None)
    assert fuzzed.run(verify_text(words, fuzzed.domain, fuzzed.snapshot)) == found
    return found


def prescription_holds(words: str, fuzzed: Fuzzed) -> SafetyCheck | None:
    """Read a prescription and check it; None if fields of it were refused."""
    read = parse_prescription(words, fuzzed.domain)
    assert read == parse_prescription(words, fuzzed.domain)
    assert all(subject.text.strip() for subject in read.subjects)
    return subjects_hold(list(read.subjects), dict(read.context), fuzzed)


def subjects_hold(subjects: list[Subject], person: dict[str, Any], fuzzed: Fuzzed) -> SafetyCheck | None:
    """Check things for a person: each is accounted for, and that nothing is known is said of what was looked at."""
    try:
        found = fuzzed.run(check(subjects, person, fuzzed.domain, fuzzed.snapshot))
    except InvalidPrescription as invalid:
        _refused(invalid)
        return None
    assert len(found.checked) >= len(subjects)
    if found.conclusion is Conclusion.NO_KNOWN_ISSUE:
        assert not (*found.unlinked, *found.uncovered, *found.missing_context)
        assert all(each.entity for each in found.checked)
    severities = [list(Severity).index(finding.severity) for finding in found.findings]
    assert severities == sorted(severities, reverse=True)
    assert len({(f.rule, f.subjects, f.message) for f in found.findings}) == len(found.findings)
    told = {fact.id for fact in found.evidence.facts}
    assert all(set(finding.facts) <= told and finding.message for finding in found.findings)
    assert all(finding.severity.value for finding in found.findings)
    assert fuzzed.run(check(subjects, person, fuzzed.domain, fuzzed.snapshot)) == found
    return found


def claim_holds(claim: claim_pb2.Claim, fuzzed: Fuzzed) -> None:
    """Judge one claim over the handler: refused with its fields, or judged by facts about known things."""
    response = request_holds(verification_service_pb2.VerifyClaimsRequest(claims=[claim], with_proofs=True), fuzzed)
    if response is None:
        return
    assert isinstance(response, verification_service_pb2.VerifyClaimsResponse)
    (verdict,) = response.verdicts
    wire = claim_pb2.ClaimVerdict
    assert verdict.verdict != wire.VERDICT_UNSPECIFIED
    assert verdict.reason != wire.REASON_UNSPECIFIED
    assert verdict.rationale
    if not claim.subject:
        assert verdict.verdict == wire.VERDICT_NOT_CHECKABLE
    if verdict.verdict in {wire.VERDICT_SUPPORTED, wire.VERDICT_REFUTED}:
        prefix = f"domains/{fuzzed.domain.pack.id}/entities/"
        assert verdict.claim.subject.removeprefix(prefix) in fuzzed.known
        assert verdict.claim.object.removeprefix(prefix) in fuzzed.known or not verdict.claim.object
        assert verdict.claim.predicate in fuzzed.domain.pack.schema.relations
        assert response.proof_documents[0].endswith("\n")


def request_holds(request: Message, fuzzed: Fuzzed) -> Message | None:
    """Send a request through validation and its handler; None if it was refused with a documented status."""
    if protovalidate.collect_violations(request):
        return None
    verification, decisions = VerificationHandlers(fuzzed.service), DecisionHandlers(fuzzed.service)
    handlers: dict[type[Message], Any] = {
        verification_service_pb2.VerifyClaimsRequest: verification.VerifyClaims,
        verification_service_pb2.VerifyTextRequest: verification.VerifyText,
        decision_service_pb2.CheckSafetyRequest: decisions.CheckSafety,
        decision_service_pb2.ListRulesRequest: decisions.ListRules,
    }
    handler = handlers[type(request)]
    try:
        response: Message = fuzzed.run(handler(request, None))
    except Exception as error:
        if status_code(error) is grpc.StatusCode.INTERNAL:
            raise
        return None
    again: Message = fuzzed.run(handler(request, None))
    assert again.SerializeToString(deterministic=True) == response.SerializeToString(deterministic=True)
    return response


def bytes_hold(kind: type[Message], data: bytes, fuzzed: Fuzzed) -> None:
    """Send bytes as a request of a kind; what is no message is refused by the transport before any of this."""
    request = kind()
    try:
        request.ParseFromString(data)
    except DecodeError:
        return
    request_holds(request, fuzzed)


def _refused(invalid: InvalidPrescription) -> None:
    assert invalid.faults
    assert all(fault.field and fault.message for fault in invalid.faults)


def _is_no_accident(verdict: ClaimVerdict, told: set[str], fuzzed: Fuzzed) -> None:
    assert {*verdict.supporting, *verdict.refuting} <= told
    assert verdict.rationale
    if verdict.verdict not in DECIDED:
        return
    claim = verdict.claim
    assert claim.subject in fuzzed.known
    assert claim.object in fuzzed.known or (not claim.object and (claim.quantity or "quantifier" in claim.qualifiers))
    assert claim.predicate in fuzzed.domain.pack.schema.relations
    assert verdict.proof
