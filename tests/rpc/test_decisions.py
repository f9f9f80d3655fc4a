"""CheckSafety and ListRules on a server: things by id, name and prescription, the person, what is refused."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import grpc
import pytest
import pytest_asyncio

from bencao.client import CallFailed, Client
from bencao.sync import SyncClient
from bencao.v1.decision_service_pb2 import CheckSafetyResponse, ListRulesResponse, Subject
from bencao.v1.safety_pb2 import Acknowledgement, CheckKind, Finding

INVALID = grpc.StatusCode.INVALID_ARGUMENT
APART, DUST = "domains/minerals/rules/store-apart", "domains/minerals/rules/dust"
SULFUR, NITER = "domains/minerals/entities/sulfur", "domains/minerals/entities/niter"


@pytest_asyncio.fixture
async def client(target: str) -> AsyncIterator[Client]:
    async with Client(target) as opened:
        yield opened


def named(*names: str) -> list[Subject]:
    return [Subject(text=name) for name in names]


@pytest.mark.parametrize(
    "subjects",
    [
        [Subject(entity=SULFUR), Subject(entity=NITER)],
        named("native sulfur", "niter"),
        named("自然硫", "钾硝石"),
        [Subject(entity=SULFUR), Subject(text="钾硝石")],
    ],
)
async def test_a_pair_is_found_by_id_and_by_name(client: Client, subjects: list[Subject]) -> None:
    found = await client.check_safety(subjects, domain="minerals")
    (finding,) = found.findings
    facts = {fact.name for fact in found.evidence.facts}

    assert found.conclusion == CheckSafetyResponse.CONCLUSION_AVOID
    assert (finding.rule, finding.severity) == (APART, Finding.SEVERITY_CONTRAINDICATED)
    assert set(finding.subjects) == {SULFUR, NITER}
    assert finding.message
    assert finding.management
    assert finding.facts
    assert set(finding.facts) <= facts
    assert [each.entity for each in found.checked] == [SULFUR, NITER]
    assert not found.unlinked


async def test_a_prescription_says_the_same_as_its_subjects(client: Client) -> None:
    written = await client.check_prescription("native sulfur; niter", language="en")
    listed = await client.check_safety(named("native sulfur", "niter"), language="en")

    assert written == listed
    assert written.findings


async def test_a_prescription_adds_to_the_subjects(target: str) -> None:
    async with Client(target) as client:
        alone = await client.check_prescription("自然硫")
        with_more = await client.check_prescription("自然硫, 钾硝石")

    assert alone.conclusion != CheckSafetyResponse.CONCLUSION_AVOID
    assert with_more.conclusion == CheckSafetyResponse.CONCLUSION_AVOID


async def test_findings_are_worst_first_and_each_once(client: Client) -> None:
    found = await client.check_prescription("galena, 自然硫, niter, galena")

    assert [finding.rule for finding in found.findings] == [APART, DUST]
    assert found.findings[0].severity > found.findings[1].severity


@pytest.mark.parametrize("text", ["unobtainium, quartz", "quartz, 某种石头"])
async def test_silence_is_not_safety_for_what_is_not_known(client: Client, text: str) -> None:
    found = await client.check_prescription(text)

    assert found.conclusion == CheckSafetyResponse.CONCLUSION_INSUFFICIENT_COVERAGE
    assert len(found.unlinked) == 1


async def test_an_ambiguous_name_is_shown_with_what_it_could_mean(client: Client) -> None:
    found = await client.check_safety(named("saltpetre"))

    assert len(found.checked[0].candidates) == 2
    assert not found.checked[0].entity
    assert found.conclusion == CheckSafetyResponse.CONCLUSION_INSUFFICIENT_COVERAGE


async def test_nothing_known_is_said_with_what_was_looked_at(client: Client) -> None:
    found = await client.check_safety(named("quartz"))

    assert found.conclusion == CheckSafetyResponse.CONCLUSION_NO_KNOWN_ISSUE
    assert {rule.rule for rule in found.applied} == {APART, DUST}
    assert all(rule.display_name for rule in found.applied)
    assert any(rule.sources for rule in found.applied)
    assert found.summary
    assert found.rules_version
    assert found.checked_at.token


async def test_only_the_kinds_asked_for_are_checked(client: Client) -> None:
    found = await client.check_prescription("galena, native sulfur, niter", checks=[CheckKind.CHECK_KIND_TOXICITY])

    assert [finding.rule for finding in found.findings] == [DUST]


@pytest.mark.parametrize(("language", "word"), [("zh", "不可同放"), ("en", "must not be stored together")])
async def test_findings_are_in_the_language_asked_for(client: Client, language: str, word: str) -> None:
    found = await client.check_safety(named("自然硫", "niter"), language=language)

    assert word in found.findings[0].message
    assert word in found.summary


async def test_an_accepted_finding_is_kept_with_the_reason(client: Client) -> None:
    accepted = [Acknowledgement(rule=APART, subjects=[SULFUR, NITER], reason="in two drawers")]
    plain = await client.check_safety(named("native sulfur", "niter"))
    found = await client.check_safety(named("native sulfur", "niter"), acknowledgements=accepted)

    assert found.conclusion == plain.conclusion
    assert found.findings[0].acknowledgement == accepted[0]
    assert found.findings[0].message == plain.findings[0].message


async def test_an_acknowledgement_of_other_subjects_is_not_of_this_finding(client: Client) -> None:
    other = [Acknowledgement(rule=APART, subjects=["domains/minerals/entities/quartz"], reason="why not")]
    found = await client.check_safety(named("native sulfur", "niter"), acknowledgements=other)

    assert not found.findings[0].HasField("acknowledgement")


@pytest.mark.parametrize(
    ("subjects", "context", "fields"),
    [
        ([], {}, {"subjects"}),
        (named("  "), {}, {"subjects[0].text"}),
        ([*named("quartz"), Subject(entity="quartz")], {}, {"subjects[1].entity"}),
        ([Subject(entity="domains/herbal/entities/x")], {}, {"subjects[0].entity"}),
        ([Subject(entity="domains/minerals/rules/dust")], {}, {"subjects[0].entity"}),
        ([Subject(dose="3 g")], {}, {"subjects[0].reference"}),
        ([Subject(text="quartz", dose="g" * 65)], {}, {"subjects[0].dose"}),
        ([Subject(text="quartz", preparation="g" * 65)], {}, {"subjects[0].preparation"}),
        ([Subject(text="quartz", dose="-3 g")], {}, {"subjects[0].dose"}),
        ([Subject(text="quartz", dose="3 furlongs")], {}, {"subjects[0].dose"}),
        ([Subject(text="quartz", dose="much")], {}, {"subjects[0].dose"}),
        (named(*["quartz"] * 51), {}, {"subjects"}),
        (named("quartz"), {"shoe_size": 42}, {"context.shoe_size"}),
        (named("quartz"), {"children": "yes"}, {"context.children"}),
        (named("quartz"), {"age_years": True}, {"context.age_years"}),
        (named("quartz"), {"age_years": float("nan")}, {"context.age_years"}),
        (named("quartz"), {"collections": ["a", 1]}, {"context.collections"}),
        (named("quartz"), {"room": None, "shoe_size": 1}, {"context.room", "context.shoe_size"}),
    ],
)
async def test_what_cannot_be_used_names_its_fields(
    client: Client, subjects: Sequence[Subject], context: Mapping[str, object], fields: set[str]
) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.check_safety(subjects, context=context)

    assert (failed.value.code, failed.value.reason) == (INVALID, "INVALID_FIELD")
    assert set(failed.value.fields) == fields
    assert all(failed.value.fields.values())


@pytest.mark.parametrize(
    ("acknowledgement", "field"),
    [
        (Acknowledgement(rule="dust", reason="x"), "acknowledgements[0].rule"),
        (Acknowledgement(rule="domains/minerals/rules/nothing", reason="x"), "acknowledgements[0].rule"),
        (Acknowledgement(rule=DUST), "acknowledgements[0].reason"),
        (Acknowledgement(rule=DUST, reason="  "), "acknowledgements[0].reason"),
        (Acknowledgement(rule=DUST, reason="x" * 501), "acknowledgements[0].reason"),
        (
            Acknowledgement(rule=DUST, reason="x", subjects=["domains/a-b/entities/q"]),
            "acknowledgements[0].subjects[0]",
        ),
    ],
)
async def test_a_bad_acknowledgement_names_the_field(
    client: Client, acknowledgement: Acknowledgement, field: str
) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.check_safety(named("galena"), acknowledgements=[acknowledgement])

    assert set(failed.value.fields) == {field}


@pytest.mark.parametrize(
    ("words", "options", "field"),
    [
        ("", {}, "subjects"),
        (" \n", {}, "subjects"),
        ("石" * 4001, {}, "prescription"),
        ("quartz", {"language": "fr"}, "language_code"),
        ("quartz", {"checks": [0]}, "checks[0]"),
        ("quartz", {"checks": [99]}, "checks[0]"),
        ("quartz", {"domain": "domains/Not An Id"}, "domain"),
    ],
)
async def test_a_bad_prescription_names_the_field(
    client: Client, words: str, options: Mapping[str, object], field: str
) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.check_prescription(words, **options)  # type: ignore[arg-type]  # some of them are not well typed

    assert (failed.value.code, failed.value.reason) == (INVALID, "INVALID_FIELD")
    assert set(failed.value.fields) == {field}


async def test_50_subjects_and_4000_characters_are_not_too_many(client: Client) -> None:
    assert (await client.check_safety(named(*["quartz"] * 50))).checked
    assert (await client.check_prescription("quartz," + " " * 3993)).checked


@pytest.mark.parametrize("text", ["😀", "；；；、、、", "((((((", "1e9 g", "\ud7ff\ue000"])
async def test_odd_texts_are_checked_with_what_stands_beside_them(client: Client, text: str) -> None:
    found = await client.check_prescription(text + ", quartz")

    assert found.conclusion not in {
        CheckSafetyResponse.CONCLUSION_UNSPECIFIED,
        CheckSafetyResponse.CONCLUSION_AVOID,
    }
    assert found.summary
    assert any(each.entity for each in found.checked)


async def test_control_characters_are_refused_by_the_name_they_stand_in(client: Client) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.check_prescription("quartz, \x00\x01\x02")

    assert set(failed.value.fields) == {"subjects[1].text"}


async def test_unknown_domains_and_revisions(client: Client) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.check_prescription("quartz", domain="nowhere")
    assert failed.value.reason == "UNKNOWN_DOMAIN"
    with pytest.raises(CallFailed) as failed:
        await client.check_prescription("quartz", revision="r0-0123456789abcdef")
    assert failed.value.reason == "REVISION_GONE"


async def test_rules_are_listed_in_pages_in_both_languages(client: Client) -> None:
    first = await client.list_rules("minerals", page_size=1)
    second = await client.list_rules("minerals", page_size=1, page_token=first.next_page_token)
    whole = await client.list_rules("domains/minerals")

    assert [*first.rules, *second.rules] == list(whole.rules)
    assert [rule.name for rule in whole.rules] == [DUST, APART]
    assert not second.next_page_token
    assert not whole.next_page_token
    assert all(" / " in rule.display_name and " / " in rule.description for rule in whole.rules)
    assert [rule.kind for rule in whole.rules] == [CheckKind.CHECK_KIND_TOXICITY, CheckKind.CHECK_KIND_INTERACTION]


@pytest.mark.parametrize(
    ("domain", "size", "token", "reason"),
    [
        ("minerals", 0, "nonsense", "INVALID_PAGE_TOKEN"),
        ("minerals", -1, "", "INVALID_FIELD"),
        ("nowhere", 0, "", "UNKNOWN_DOMAIN"),
        ("", 0, "", "INVALID_FIELD"),
    ],
)
async def test_lists_that_are_refused(client: Client, domain: str, size: int, token: str, reason: str) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.list_rules(domain, page_size=size, page_token=token)

    assert failed.value.reason == reason


async def test_the_blocking_client_has_the_same(target: str, client: Client) -> None:
    words = "native sulfur, niter"
    found = await client.check_prescription(words), await client.check_safety(named("galena"))
    rules = await client.list_rules("minerals")

    def ask() -> tuple[tuple[CheckSafetyResponse, CheckSafetyResponse], ListRulesResponse]:
        with SyncClient(target) as blocking:
            both = blocking.check_prescription(words), blocking.check_safety(named("galena"))
            return both, blocking.list_rules("minerals")

    assert await asyncio.to_thread(ask) == (found, rules)
