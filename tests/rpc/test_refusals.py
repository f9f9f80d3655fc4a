"""What is refused, with which code and reason, and which field it names."""

from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from bencao.client import Asked, CallFailed, Client
from tests.rpc.parts import asked

INVALID = grpc.StatusCode.INVALID_ARGUMENT
BAD_REQUEST_ID = {"request_id": "not-a-uuid"}


@pytest_asyncio.fixture
async def client(target: str) -> AsyncIterator[Client]:
    async with Client(target) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "options", "field"),
    [
        ("", {}, "question.text"),
        ("   ", {}, "question.text"),
        ("x" * 4001, {}, "question.text"),
        ("石" * 4001, {}, "question.text"),
        ("q", {"domain": "domains/Not An Id"}, "question.domain"),
        ("q", {"language": "fr"}, "question.language_code"),
        ("q", {"language": "z" * 36}, "question.language_code"),
        ("q", {"max_hops": 7}, "question.max_hops"),
        ("q", {"max_hops": -1}, "question.max_hops"),
        ("q", {"conversation": "c" * 65}, "question.conversation"),
        ("q", BAD_REQUEST_ID, "request_id"),
        ("q", {"context": {"shoe_size": 42}}, "question.context.shoe_size"),
        ("q", {"context": {"children": "yes"}}, "question.context.children"),
        ("q", {"context": {"age_years": float("nan")}}, "question.context.age_years"),
        ("q", {"context": {"age_years": True}}, "question.context.age_years"),
        ("q", {"context": {"collections": ["a", 1]}}, "question.context.collections"),
        ("q", {"context": {"room": None}}, "question.context.room"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True], ids=["unary", "stream"])
async def test_a_bad_question_names_the_field(
    client: Client, text: str, options: Asked, field: str, *, streamed: bool
) -> None:
    with pytest.raises(CallFailed) as failed:
        await asked(client, text, streamed=streamed, **options)

    assert (failed.value.code, failed.value.reason) == (INVALID, "INVALID_FIELD")
    assert set(failed.value.fields) == {field}
    assert all(failed.value.fields.values())


async def test_all_faults_are_named_at_once(client: Client) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.ask("", domain="domains/-", max_hops=9)

    assert set(failed.value.fields) == {"question.text", "question.domain", "question.max_hops"}


async def test_4000_characters_are_not_too_many(client: Client) -> None:
    assert (await client.ask("石" * 4000)).name


@pytest.mark.parametrize("language", ["", "zh", "en", "zh-CN", "zh-Hant-TW", "en-GB", "EN", "zh_TW"])
async def test_languages_that_are_answered(client: Client, language: str) -> None:
    assert (await client.ask("What colour is quartz?", language=language)).text


async def test_an_unknown_domain(client: Client) -> None:
    for call in (
        client.ask("q", domain="nowhere"),
        client.get_domain("nowhere"),
        client.search_entities("nowhere", "q"),
    ):
        with pytest.raises(CallFailed, match="domains/minerals") as failed:
            await call
        assert failed.value.code is grpc.StatusCode.NOT_FOUND
        assert failed.value.reason == "UNKNOWN_DOMAIN"
        assert failed.value.metadata == {"domain": "nowhere"}


@pytest.mark.parametrize("token", ["r0-0123456789abcdef", "r999-0123456789abcdef", "garbage"])
async def test_an_exact_revision_that_is_not_held(client: Client, token: str) -> None:
    current = (await client.get_domain("minerals")).revision.token

    with pytest.raises(CallFailed) as failed:
        await client.ask("q", revision=token)

    assert (failed.value.code, failed.value.reason) == (grpc.StatusCode.OUT_OF_RANGE, "REVISION_GONE")
    assert failed.value.metadata["oldest_revision"] == current


async def test_the_current_revision_can_be_asked_for(client: Client) -> None:
    current = (await client.get_domain("minerals")).revision.token

    assert (await client.ask("What colour is quartz?", revision=current)).answered_at.token == current
