"""Verdicts on texts: by the graph alone, with spans in bytes, every sentence accounted for."""

from reasoning.answer import Reason, Verdict
from reasoning.claims.drafts import SentenceKind
from reasoning.domain import Domain
from tests.claims.parts import checked, verdicts


async def test_what_facts_state_is_supported_and_the_evidence_is_given(herbal: Domain) -> None:
    found = await checked("附子大热，有毒，归心、肾、脾经。", herbal)
    assert {verdict.verdict for verdict in found.verdicts} == {Verdict.SUPPORTED}
    assert found.overall is Verdict.SUPPORTED
    named = {fact for verdict in found.verdicts for fact in verdict.supporting}
    assert named
    assert named <= {fact.id for fact in found.evidence.facts}
    ends = {end for fact in found.evidence.facts for end in (fact.subject, fact.object)}
    assert ends == {entity.id for entity in found.evidence.entities}


async def test_a_wrong_value_is_refuted_and_is_the_worst_of_the_text(herbal: Domain) -> None:
    found = await checked("附子有毒。附子大寒。", herbal)
    assert [verdict.verdict for verdict in found.verdicts] == [Verdict.SUPPORTED, Verdict.REFUTED]
    assert found.overall is Verdict.REFUTED


async def test_an_amount_over_the_limit_is_refuted(herbal: Domain) -> None:
    (verdict,) = await verdicts("附子煎服60克。", herbal)
    assert (verdict.verdict, verdict.reason) == (Verdict.REFUTED, Reason.OVER_LIMIT)


async def test_an_incompatible_pair_called_safe_is_refuted(herbal: Domain) -> None:
    for text in ("人参与藜芦可以同用。", "Ginseng and veratrum can be safely combined."):
        (verdict,) = await verdicts(text, herbal)
        assert verdict.verdict is Verdict.REFUTED, text


async def test_silence_never_supports_that_something_is_safe(herbal: Domain) -> None:
    for text in (
        "黄芪没有任何副作用。",
        "黄芪孕妇可以用。",
        "黄芪与白术可以同用。",
        "Astragalus root is completely safe.",
    ):
        found = await checked(text, herbal)
        assert found.verdicts, text
        assert Verdict.SUPPORTED not in {verdict.verdict for verdict in found.verdicts}, text


async def test_spans_are_bytes_of_the_text(herbal: Domain) -> None:
    text = "前言。附子大热；Ginseng enters the lung channel. 𠀀川芎主治头痛。"
    found = await checked(text, herbal)
    raw = text.encode()
    assert found.sentences[0].start_byte == 0
    assert found.sentences[-1].end_byte == len(raw)
    for verdict in found.verdicts:
        assert raw[verdict.claim.start_byte : verdict.claim.end_byte].decode() == verdict.claim.text
    owned = [number for sentence in found.sentences for number in sentence.verdicts]
    assert owned == list(range(len(found.verdicts)))


async def test_a_sentence_of_the_domain_without_a_claim_has_one_verdict_that_says_why(herbal: Domain) -> None:
    found = await checked("附子是一味很有意思的药。天气很好。", herbal)
    assert [sentence.kind for sentence in found.sentences] == [SentenceKind.FACTUAL, SentenceKind.NON_FACTUAL]
    (verdict,) = found.verdicts
    assert verdict.verdict is Verdict.NOT_CHECKABLE
    assert verdict.rationale
    assert found.overall is Verdict.NOT_CHECKABLE


async def test_candidates_of_an_ambiguous_name_are_named_in_the_language_of_the_text(herbal: Domain) -> None:
    (verdict,) = await verdicts("贝母味甘。", herbal)
    assert (verdict.verdict, verdict.reason) == (Verdict.NOT_CHECKABLE, Reason.AMBIGUOUS)
    assert "川贝母" in verdict.rationale
    assert "浙贝母" in verdict.rationale


async def test_a_name_of_several_things_is_decided_where_all_of_them_agree(herbal: Domain) -> None:
    for text, expected in (("附子反贝母。", Verdict.SUPPORTED), ("贝母反乌头。", Verdict.SUPPORTED)):
        (verdict,) = await verdicts(text, herbal)
        assert verdict.verdict is expected
        assert verdict.claim.subject
        assert verdict.claim.object
        assert verdict.supporting


async def test_a_text_without_a_factual_sentence_has_no_overall_verdict(herbal: Domain) -> None:
    found = await checked("附子有毒吗？今天天气不错。", herbal)
    assert found.overall is None


async def test_one_word_for_two_relations_is_read_as_the_one_that_holds(herbal: Domain) -> None:
    """畏 is a prohibition in one list and a restraint in another: 生姜 restrains 半夏, 郁金 clashes with 丁香."""
    for text, relation in (("半夏畏生姜。", "RESTRAINED_BY"), ("丁香畏郁金。", "INCOMPATIBLE_WITH")):
        (verdict,) = await verdicts(text, herbal)
        assert (verdict.claim.predicate, verdict.verdict) == (relation, Verdict.SUPPORTED)


async def test_language_of_rationales_follows_the_request(herbal: Domain) -> None:
    english = await checked("附子是一味很有意思的药。", herbal, "en-GB")
    assert english.verdicts[0].rationale.isascii()


async def test_an_empty_text_has_nothing(herbal: Domain) -> None:
    found = await checked("", herbal)
    assert (found.sentences, found.verdicts, found.overall) == ((), (), None)
