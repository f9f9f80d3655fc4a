"""Messages say what the data says; every member of every enum has its counterpart on the wire."""

from enum import Enum
from typing import Any

import pytest

from bencao.v1 import answer_service_pb2, claim_pb2, graph_pb2, safety_pb2
from kg.model import Entity, Evidence, Fact, Grade, Name, NameKind, Review, Source, Status
from reasoning.answer import (
    CheckKind,
    Claim,
    ClaimVerdict,
    Degradation,
    Outcome,
    Quantity,
    Reason,
    Severity,
    StepKind,
    Verdict,
)
from services.rpc.convert import Wording, entity_message, enum_value, fact_message, verdict_message

WORDING = Wording("d", ("en", "zh"), {"book": Source("book", "A Book", "3rd edition", "CC0-1.0", Grade.REVIEW, "u")})

ENUMS: list[tuple[type[Enum], Any, str]] = [
    (Outcome, answer_service_pb2.Answer.Outcome, "OUTCOME"),
    (Verdict, claim_pb2.ClaimVerdict.Verdict, "VERDICT"),
    (Reason, claim_pb2.ClaimVerdict.Reason, "REASON"),
    (Severity, safety_pb2.Finding.Severity, "SEVERITY"),
    (CheckKind, safety_pb2.CheckKind, "CHECK_KIND"),
    (Degradation, answer_service_pb2.Degradation, "DEGRADATION"),
    (StepKind, answer_service_pb2.Step.Kind, "KIND"),
    (Grade, graph_pb2.Evidence.Grade, "GRADE"),
    (Review, graph_pb2.Evidence.Review, "REVIEW"),
    (Status, graph_pb2.Fact.Status, "STATUS"),
]


@pytest.mark.parametrize(("ours", "wire", "prefix"), ENUMS, ids=lambda value: getattr(value, "__name__", None))
def test_enums_match_member_by_member(ours: type[Enum], wire: Any, prefix: str) -> None:
    here = {enum_value(wire, prefix, member) for member in ours}
    there = set(wire.values())

    assert there - here <= {0}


def test_a_fact_carries_what_is_needed_to_cite_it() -> None:
    weak = Evidence("unknown", "p. 9", Grade.TRADITIONAL, Review.PENDING)
    strong = Evidence("book", "p. 1", review=Review.PRIMARY, quote="as it stands")
    fact = Fact("f1", "a", "REL", "b", {"low": 3.0, "ok": True}, (weak, strong), Status.DISPUTED, ("f2", "f3"))

    message = fact_message(fact, WORDING)

    assert (message.name, message.subject, message.object) == (
        "domains/d/facts/f1",
        "domains/d/entities/a",
        "domains/d/entities/b",
    )
    first, second = message.evidence
    assert (first.source, first.source_version, first.locator) == ("A Book (3rd edition)", "3rd edition", "p. 1")
    assert (first.license, first.url, first.quote) == ("CC0-1.0", "u", "as it stands")
    assert (first.grade, first.review) == (graph_pb2.Evidence.GRADE_REVIEW, graph_pb2.Evidence.REVIEW_PRIMARY)
    assert (second.source, second.review) == ("unknown", graph_pb2.Evidence.REVIEW_PENDING)
    assert list(message.derived_from) == ["domains/d/facts/f2", "domains/d/facts/f3"]
    assert message.status == graph_pb2.Fact.STATUS_DISPUTED
    assert (message.qualifiers["low"], message.qualifiers["ok"]) == (3.0, True)


def test_an_entity_shows_one_name_and_keeps_the_others() -> None:
    names = (Name("石英", "zh"), Name("quartz", "en"), Name("rock crystal", "en", NameKind.TRADE))

    message = entity_message(Entity("q", "Mineral", names, {"density": 2.65}), WORDING)

    assert message.display_name == "quartz"
    assert list(message.aliases) == ["石英", "rock crystal"]
    assert message.properties["density"] == 2.65


def test_an_open_end_of_a_quantity_stays_open() -> None:
    claim = Claim("t", "a", "REL", "", quantity=Quantity(None, 9.0, "g", "adult_daily"), start_byte=3, end_byte=7)
    verdict = ClaimVerdict(claim, Verdict.SUPPORTED, Reason.DERIVED, ("f1",), proof=("facts/f1", "rules/r1"))

    message = verdict_message(verdict, WORDING)

    assert not message.claim.quantity.HasField("low")
    assert message.claim.quantity.high == 9.0
    assert (message.claim.start_byte, message.claim.end_byte) == (3, 7)
    assert message.claim.object == ""
    assert list(message.supporting_facts) == ["domains/d/facts/f1"]
    assert list(message.proof) == ["domains/d/facts/f1", "domains/d/rules/r1"]
