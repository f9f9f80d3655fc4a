"""VerifyClaims and VerifyText on a server: every kind of verdict, spans, proofs, and what is refused by which field."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from bencao.client import CallFailed, Client, Verified
from bencao.sync import SyncClient
from bencao.v1.claim_pb2 import Claim, ClaimVerdict, Quantity
from bencao.v1.verification_service_pb2 import Sentence, VerifyClaimsResponse, VerifyTextResponse

INVALID = grpc.StatusCode.INVALID_ARGUMENT
QUARTZ = "domains/minerals/entities/quartz"


@pytest_asyncio.fixture
async def client(target: str) -> AsyncIterator[Client]:
    async with Client(target) as opened:
        yield opened


def claim(
    subject: str, predicate: str, obj: str = "", amount: dict[str, Any] | None = None, **qualifiers: float | str
) -> Claim:
    made = Claim(subject=subject, predicate=predicate, object=obj)
    if amount:
        made.quantity.CopyFrom(Quantity(**amount))
    if qualifiers:
        made.qualifiers.update(qualifiers)
    return made


def denied(made: Claim) -> Claim:
    made.negated = True
    return made


def verdict_of(judged: ClaimVerdict) -> tuple[str, str]:
    verdict, reason = ClaimVerdict.Verdict.Name(judged.verdict), ClaimVerdict.Reason.Name(judged.reason)
    return verdict.removeprefix("VERDICT_"), reason.removeprefix("REASON_")


SUPPORTED, REFUTED, SILENT, NOT_CHECKABLE = "SUPPORTED", "REFUTED", "NOT_ENOUGH_EVIDENCE", "NOT_CHECKABLE"
MOHS_7 = {"low": 7, "high": 7, "unit": "mohs"}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (claim("quartz", "CRYSTALLISES_IN", "trigonal"), (SUPPORTED, "EXACT_FACT")),
        (claim(QUARTZ, "CRYSTALLISES_IN", "domains/minerals/entities/trigonal"), (SUPPORTED, "EXACT_FACT")),
        (claim("石英", "CONTAINS_ELEMENT", "氧"), (SUPPORTED, "EXACT_FACT")),
        (claim("niter", "STORE_APART_FROM", "sulfur"), (SUPPORTED, "DERIVED")),
        (claim("sulfur", "STORE_APART_FROM", "niter"), (SUPPORTED, "DERIVED")),
        (claim("quartz", "CRYSTALLISES_IN", "cubic"), (REFUTED, "OPPOSITE_FACT")),
        (claim("quartz", "CONTAINS_ELEMENT", "iron"), (REFUTED, "OPPOSITE_FACT")),
        (denied(claim("quartz", "CONTAINS_ELEMENT", "oxygen")), (REFUTED, "OPPOSITE_FACT")),
        (claim("quartz", "VARIETY_OF", "amethyst"), (SILENT, "OPEN_WORLD")),
        (claim("trigonal", "CRYSTALLISES_IN", "quartz"), (REFUTED, "REVERSED_DIRECTION")),
        (claim("calcite", "CARRIES_HAZARD", "toxic-dust"), (SILENT, "OPEN_WORLD")),
        (claim("calcite", "CARRIES_HAZARD", quantifier="none"), (SILENT, "ABSENCE_IS_NOT_EVIDENCE")),
        (claim("chrysocolla", "CRYSTALLISES_IN", "orthorhombic"), (SILENT, "CONFLICTING_SOURCES")),
        (claim("sulfur", "IN_STORAGE_CLASS", "fuels", reason="explosion"), (SUPPORTED, "EXACT_FACT")),
        (claim("sulfur", "IN_STORAGE_CLASS", "fuels", reason="corrosion"), (SILENT, "QUALIFIER_MISMATCH")),
        (claim("sulfur", "IN_STORAGE_CLASS", "fuels", shoe=42), (SILENT, "QUALIFIER_MISMATCH")),
        (claim("quartz", "HAS_HARDNESS", "mohs", MOHS_7), (SUPPORTED, "EXACT_FACT")),
        (claim("calcite", "HAS_HARDNESS", "mohs", MOHS_7), (REFUTED, "OVER_LIMIT")),
        (claim("quartz", "HAS_HARDNESS", "mohs", {"low": 3, "high": 3, "unit": "mohs"}), (REFUTED, "RANGE_MISMATCH")),
        (claim("calcite", "HAS_HARDNESS", "mohs", {"high": 1e9, "unit": "mohs"}), (REFUTED, "OVER_LIMIT")),
        (claim("calcite", "HAS_HARDNESS", "mohs", {"low": 3, "high": 3, "unit": "g"}), (SILENT, "BASIS_MISMATCH")),
        (claim("quartz", "CONTAINS_ELEMENT", "", {"low": 2, "high": 2}, quantifier="count"), (SUPPORTED, "DERIVED")),
        (claim("pyrite", "SHOWS_COLOUR", "yellow", quantifier="only"), (SUPPORTED, "DERIVED")),
        (claim("unobtainium", "CONTAINS_ELEMENT", "iron"), (SILENT, "UNLINKED")),
        (claim("spar", "CONTAINS_ELEMENT", "calcium"), (NOT_CHECKABLE, "AMBIGUOUS")),
    ],
    ids=lambda value: f"{value.subject}-{value.predicate}" if isinstance(value, Claim) else None,
)
async def test_each_kind_of_verdict(client: Client, made: Claim, expected: tuple[str, str]) -> None:
    (judged,) = (await client.verify_claims([made], domain="minerals")).verdicts

    assert verdict_of(judged) == expected
    assert judged.rationale
    assert judged.proof


@pytest.mark.parametrize(
    "made",
    [
        claim("", "CONTAINS_ELEMENT", "iron"),
        claim("   ", "CONTAINS_ELEMENT", "iron"),
        claim("\u3000", "CONTAINS_ELEMENT", "iron"),
        claim("quartz", "", "iron"),
        claim("quartz", "TASTES_OF", "iron"),
        claim("quartz", "CONTAINS_ELEMENT"),
        claim("calcite", "HAS_HARDNESS", "mohs", {"low": 9, "high": 3, "unit": "mohs"}),
        claim("calcite", "HAS_HARDNESS", "mohs", {"low": math.nan, "unit": "mohs"}),
        claim("calcite", "HAS_HARDNESS", "mohs", {"high": math.inf, "unit": "mohs"}),
        claim("calcite", "HAS_HARDNESS", "mohs", {"unit": "mohs"}),
        claim("quartz", "CONTAINS_ELEMENT", "", {"low": -1, "high": -1}, quantifier="count"),
        claim("quartz", "CONTAINS_ELEMENT", "oxygen", quantifier="most"),
        claim("quartz", "CONTAINS_ELEMENT", "oxygen", strength="very"),
        claim("quartz", "CONTAINS_ELEMENT", "oxygen", as_of="1999-13-77"),
        Claim(),
    ],
)
async def test_a_claim_that_states_nothing_is_not_checkable_and_says_why(client: Client, made: Claim) -> None:
    response = await client.verify_claims([made], proofs=True)

    assert response.verdicts[0].verdict == ClaimVerdict.VERDICT_NOT_CHECKABLE
    assert response.verdicts[0].rationale
    assert list(response.proof_documents) == [""]


async def test_verdicts_are_in_the_order_of_the_claims_whatever_stands_beside_them(client: Client) -> None:
    good, bad, odd = (
        claim("quartz", "CRYSTALLISES_IN", "trigonal"),
        claim("quartz", "CRYSTALLISES_IN", "cubic"),
        claim("", "", ""),
    )
    order = [bad, good, odd, bad, good]
    together = await client.verify_claims(order)
    alone = [(await client.verify_claims([each])).verdicts[0] for each in order]

    assert list(together.verdicts) == alone


async def test_evidence_has_every_fact_that_a_verdict_or_its_proof_names_with_all_ends(client: Client) -> None:
    response = await client.verify_claims([claim("sulfur", "STORE_APART_FROM", "niter")], language="en")
    (judged,), facts = response.verdicts, {fact.name: fact for fact in response.evidence.facts}
    entities = {entity.name for entity in response.evidence.entities}
    steps = [step for step in judged.proof if "/facts/" in step]

    assert steps
    assert {*judged.supporting_facts, *steps} <= facts.keys()
    assert {end for fact in facts.values() for end in (fact.subject, fact.object)} <= entities
    assert {name for fact in facts.values() for name in fact.derived_from} <= facts.keys()
    assert all(item.source and item.locator for fact in facts.values() for item in fact.evidence)


async def test_an_amount_is_set_against_its_limit(client: Client) -> None:
    (judged,) = (
        await client.verify_claims([claim("pyrite", "HAS_HARDNESS", "mohs", {"low": 13, "high": 13, "unit": "mohs"})])
    ).verdicts

    assert verdict_of(judged)[0] == REFUTED
    assert (judged.comparison.given, judged.comparison.limit, judged.comparison.ratio) == (13, 6.5, 2)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_proof_is_the_same_bytes_again_and_can_be_read_without_the_graph(client: Client, language: str) -> None:
    claims = [claim("sulfur", "STORE_APART_FROM", "niter"), claim("quartz", "CRYSTALLISES_IN", "cubic")]
    first, second = [await client.verify_claims(claims, proofs=True, language=language) for _ in range(2)]

    assert list(first.proof_documents) == list(second.proof_documents)
    document = json.loads(first.proof_documents[0])
    named = {fact for step in document["steps"] for fact in step["facts"]}
    assert named <= document["facts"].keys()
    assert document["revision"] == first.verified_at.token
    assert all(fact["subject_label"] and fact["object_label"] for fact in document["facts"].values())
    assert document["rationale"] == first.verdicts[0].rationale


async def test_no_proofs_unless_asked_for(client: Client) -> None:
    assert not (await client.verify_claims([claim("quartz", "CRYSTALLISES_IN", "cubic")])).proof_documents
    assert not (await client.verify_text("Quartz contains oxygen.")).proof_documents


@pytest.mark.parametrize(
    ("claims", "options", "field"),
    [
        ([], {}, "claims"),
        ([Claim()] * 101, {}, "claims"),
        ([Claim(), Claim(text="x" * 2001)], {}, "claims[1].text"),
        ([claim("quartz", "HAS_HARDNESS", "mohs", {"unit": "u" * 33})], {}, "claims[0].quantity.unit"),
        ([claim("domains/nowhere/entities/quartz", "CONTAINS_ELEMENT", "iron")], {}, "claims[0].subject"),
        ([claim("quartz", "CONTAINS_ELEMENT", "domains/minerals/facts/iron")], {}, "claims[0].object"),
        ([Claim()], {"language": "fr"}, "language_code"),
        ([Claim()], {"domain": "domains/Not An Id"}, "domain"),
    ],
)
async def test_a_bad_claim_names_the_field(client: Client, claims: list[Claim], options: Verified, field: str) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.verify_claims(claims, **options)

    assert (failed.value.code, failed.value.reason) == (INVALID, "INVALID_FIELD")
    assert set(failed.value.fields) == {field}
    assert all(failed.value.fields.values())


async def test_a_qualifier_that_is_no_single_value_names_the_field(client: Client) -> None:
    made = Claim(subject="quartz", predicate="CONTAINS_ELEMENT", object="oxygen")
    made.qualifiers.update({"reason": ["explosion"], "edition": None})

    with pytest.raises(CallFailed) as failed:
        await client.verify_claims([made])

    assert set(failed.value.fields) == {"claims[0].qualifiers.reason", "claims[0].qualifiers.edition"}


async def test_100_claims_are_not_too_many(client: Client) -> None:
    response = await client.verify_claims([claim("quartz", "CRYSTALLISES_IN", "trigonal")] * 100)

    assert [verdict_of(judged)[0] for judged in response.verdicts] == [SUPPORTED] * 100


async def test_an_unknown_domain_and_a_revision_that_is_gone(client: Client) -> None:
    for call in (
        client.verify_claims([Claim()], domain="nowhere"),
        client.verify_text("quartz", domain="nowhere"),
    ):
        with pytest.raises(CallFailed, match="domains/minerals") as failed:
            await call
        assert (failed.value.code, failed.value.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_DOMAIN")
    for call in (
        client.verify_claims([Claim()], revision="r0-0123456789abcdef"),
        client.verify_text("quartz", revision="r0-0123456789abcdef"),
    ):
        with pytest.raises(CallFailed) as failed:
            await call
        assert failed.value.reason == "REVISION_GONE"


def spans(text: str, response: VerifyTextResponse) -> list[tuple[str, list[str]]]:
    """Each sentence with the words of its claims, cut out of the text by the bytes that the response names."""
    data = text.encode()
    return [
        (
            data[sentence.start_byte : sentence.end_byte].decode(),
            [
                data[response.verdicts[n].claim.start_byte : response.verdicts[n].claim.end_byte].decode()
                for n in sentence.verdicts
            ],
        )
        for sentence in response.sentences
    ]


@pytest.mark.parametrize("before", ["", "😀👩‍⚕️\r\n", "\ufeff𠀀é\r\n\r\n", "\x00\x07\u202e \n"])
async def test_spans_are_bytes_that_slice_to_the_stated_words(client: Client, before: str) -> None:
    text = before + "石英属于三方晶系。今天天气好。Fluorite crystallises in the cubic system."
    response = await client.verify_text(text, domain="minerals")
    found = spans(text, response)

    assert "".join(sentence for sentence, _ in found) == text
    assert [words for _, words in found if words] == [
        ["石英属于三方晶系"],
        ["Fluorite crystallises in the cubic system"],
    ]
    assert [verdict_of(judged)[0] for judged in response.verdicts] == [SUPPORTED, SUPPORTED]
    assert all(judged.claim.text in text for judged in response.verdicts)


@pytest.mark.parametrize(
    ("text", "overall"),
    [
        ("Quartz contains oxygen.", ClaimVerdict.VERDICT_SUPPORTED),
        ("Quartz contains oxygen. Quartz contains iron.", ClaimVerdict.VERDICT_REFUTED),
        ("石英含氧。石英含铁。", ClaimVerdict.VERDICT_REFUTED),
        ("The sky is blue.", ClaimVerdict.VERDICT_UNSPECIFIED),
        ("Does quartz contain oxygen?", ClaimVerdict.VERDICT_UNSPECIFIED),
        (" ", ClaimVerdict.VERDICT_UNSPECIFIED),
        ("\x00\x01\x02\x7f", ClaimVerdict.VERDICT_UNSPECIFIED),
    ],
)
async def test_the_worst_verdict_is_that_of_the_text(
    client: Client, text: str, overall: ClaimVerdict.Verdict.ValueType
) -> None:
    response = await client.verify_text(text)

    assert response.overall == overall
    assert b"".join(text.encode()[s.start_byte : s.end_byte] for s in response.sentences) == text.encode()


async def test_what_is_about_the_domain_and_not_read_is_said(client: Client) -> None:
    response = await client.verify_text("Halite wobbles whenever the calcite sings.")

    assert [sentence.kind for sentence in response.sentences] != [Sentence.KIND_NON_FACTUAL]
    assert response.overall == ClaimVerdict.VERDICT_NOT_CHECKABLE
    assert all(judged.rationale for judged in response.verdicts)


async def test_20000_characters_are_read_and_one_more_is_refused_by_its_field(client: Client) -> None:
    text = ("石英含氧。" * 4000)[:20_000]
    response = await client.verify_text(text, timeout=30)
    assert response.sentences[-1].end_byte == len(text.encode())
    assert {verdict_of(judged)[0] for judged in response.verdicts} == {SUPPORTED}

    with pytest.raises(CallFailed) as failed:
        await client.verify_text(text + "。")
    assert set(failed.value.fields) == {"text"}
    with pytest.raises(CallFailed) as failed:
        await client.verify_text("")
    assert set(failed.value.fields) == {"text"}


@pytest.mark.parametrize("text", ["自然硫与钾硝石应分开存放。石英含铁。", "Quartz contains oxygen. Quartz is cubic."])
async def test_proofs_of_a_text_are_made_again_from_their_claims_byte_for_byte(client: Client, text: str) -> None:
    first = await client.verify_text(text, proofs=True)
    given = [d for d in first.proof_documents if d]
    decided = [v.claim for v, d in zip(first.verdicts, first.proof_documents, strict=True) if d]
    language = json.loads(given[0])["language"]
    again = await client.verify_claims(decided, revision=first.verified_at.token, language=language, proofs=True)

    assert list(again.proof_documents) == given


@pytest.mark.parametrize(("language", "word"), [("zh", "图谱"), ("en", "graph"), ("zh-TW", "图谱"), ("en-GB", "graph")])
async def test_rationales_are_in_the_language_asked_for(client: Client, language: str, word: str) -> None:
    text = await client.verify_text("石英含氧。", language=language)
    claims = await client.verify_claims([claim("quartz", "CRYSTALLISES_IN", "cubic")], language=language)

    assert word in text.verdicts[0].rationale
    assert word in claims.verdicts[0].rationale


async def test_the_blocking_client_has_the_same(target: str, client: Client) -> None:
    made, text = claim("quartz", "CRYSTALLISES_IN", "cubic"), "Quartz contains oxygen."
    claims, checked = await client.verify_claims([made]), await client.verify_text(text)

    def ask() -> tuple[VerifyClaimsResponse, VerifyTextResponse]:
        with SyncClient(target) as blocking:
            return blocking.verify_claims([made]), blocking.verify_text(text)

    assert await asyncio.to_thread(ask) == (claims, checked)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
async def test_a_qualifier_that_is_no_number_is_refused_by_its_name(client: Client, number: float) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.verify_claims([claim("quartz", "CONTAINS_ELEMENT", "oxygen", share=number)])
    assert failed.value.reason == "INVALID_FIELD"
    assert set(failed.value.fields) == {"claims[0].qualifiers.share"}
