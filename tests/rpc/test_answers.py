"""AskQuestion and StreamAnswer: one iterator behind both, one run for each request id."""

import asyncio

import grpc
import pytest

from bencao.client import CallFailed, Client
from bencao.v1.answer_service_pb2 import Answer, StreamAnswerResponse
from tests.rpc.parts import Script, Serve

QUESTIONS = [
    "What colour is quartz?",
    "石英是什么颜色？",
    "Which minerals contain sulfur?",
    "What is spar?",
    "Who won?",
]
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def comparable(answer: Answer) -> Answer:
    """Return the answer without what differs from run to run: its name, its time, its cost, a new conversation."""
    same = Answer.FromString(answer.SerializeToString())
    for name in ("name", "create_time", "usage", "conversation"):
        same.ClearField(name)
    return same


@pytest.mark.parametrize("text", QUESTIONS)
async def test_unary_and_stream_agree(target: str, text: str) -> None:
    async with Client(target) as client:
        answer = await client.ask(text)
        events = [event async for event in client.stream(text)]

    assert events[-1].WhichOneof("event") == "completed"
    assert comparable(events[-1].completed) == comparable(answer)


async def test_events_are_numbered_without_gaps_and_end_with_the_answer(target: str) -> None:
    async with Client(target) as client:
        events = [event async for event in client.stream("What colour is quartz?")]

    kinds = [event.WhichOneof("event") for event in events]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert kinds.count("completed") == 1
    assert kinds[-1] == "completed"
    assert kinds.count("step_started") == kinds.count("step_completed") > 0


async def test_every_claim_can_be_shown_with_its_source(target: str) -> None:
    async with Client(target) as client:
        answer = await client.ask("What colour is quartz?")

    assert answer.outcome == Answer.OUTCOME_ANSWERED
    assert answer.claims
    facts = {fact.name: fact for fact in answer.subgraph.facts}
    names = {entity.name for entity in answer.subgraph.entities}
    for verdict in answer.claims:
        span = answer.text.encode()[verdict.claim.start_byte : verdict.claim.end_byte].decode()
        assert span.strip()
        assert verdict.claim.subject in names
        cited = [evidence for name in verdict.supporting_facts for evidence in facts[name].evidence]
        assert cited
        assert all(evidence.source and evidence.locator and evidence.review for evidence in cited)


async def test_labels_are_in_the_language_asked_for(target: str) -> None:
    async with Client(target) as client:
        english = await client.ask("What colour is quartz?", language="en")
        chinese = await client.ask("What colour is quartz?", language="zh-CN")

    assert "quartz" in {entity.display_name for entity in english.subgraph.entities}
    assert "石英" in {entity.display_name for entity in chinese.subgraph.entities}


async def test_a_repeated_request_id_gets_the_first_answer(serve: Serve, script: Script) -> None:
    script.go.set()
    async with serve(script) as target, Client(target) as client:
        first = await client.ask("q", request_id=ID)
        again = await client.ask("q", request_id=ID)
        streamed = [event async for event in client.stream("q", request_id=ID)]
        other = await client.ask("q")

    assert first == again == streamed[-1].completed
    assert [event.sequence for event in streamed] == [1]
    assert other.name != first.name
    assert len(script.questions) == 2


async def test_calls_with_one_request_id_at_a_time_share_one_run(serve: Serve, script: Script) -> None:
    async with serve(script) as target, Client(target) as client:
        calls = [asyncio.create_task(client.ask("q", request_id=ID)) for _ in range(20)]
        await script.started.wait()
        script.go.set()
        answers = await asyncio.gather(*calls)

    assert len({answer.name for answer in answers}) == 1
    assert len(script.questions) == 1


async def test_a_run_goes_on_while_one_of_its_calls_is_left(serve: Serve, script: Script) -> None:
    async with serve(script) as target, Client(target) as client:
        leaving = asyncio.create_task(client.ask("q", request_id=ID))
        await script.started.wait()
        staying = client.stream("q", request_id=ID)
        assert (await anext(staying)).WhichOneof("event") == "step_started"
        leaving.cancel()
        await asyncio.wait([leaving])
        script.go.set()
        last = [event async for event in staying][-1]

    assert last.completed.text == "q"
    assert len(script.questions) == 1


async def test_a_failed_run_is_begun_again(serve: Serve, script: Script) -> None:
    script.go.set()
    script.fault = RuntimeError("first time")
    async with serve(script) as target, Client(target) as client:
        with pytest.raises(CallFailed):
            await client.ask("q", request_id=ID)
        script.fault = None
        answer = await client.ask("q", request_id=ID)

    assert answer.text == "q"


async def test_a_request_id_of_another_question_is_refused(serve: Serve, script: Script) -> None:
    script.go.set()
    async with serve(script) as target, Client(target) as client:
        await client.ask("one", request_id=ID)
        with pytest.raises(CallFailed) as failed:
            await client.ask("another", request_id=ID)

    assert failed.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert set(failed.value.fields) == {"request_id"}


async def test_a_silent_stream_has_heartbeats(serve: Serve, script: Script) -> None:
    events: list[StreamAnswerResponse] = []
    async with serve(script, silence=0.01) as target, Client(target) as client:
        async for event in client.stream("q"):
            events.append(event)
            if len(events) == 4:
                script.go.set()

    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[:4] == ["step_started", "heartbeat", "heartbeat", "heartbeat"]
    assert kinds[-1] == "completed"
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


async def test_the_context_of_the_person_reaches_the_agent(serve: Serve, script: Script) -> None:
    script.go.set()
    context = {"children": True, "age_years": 4, "room": "kitchen", "collections": ["a", "b"]}
    async with serve(script) as target, Client(target) as client:
        await client.ask("q", context=context)

    assert script.questions[0].context == context


async def test_a_conversation_goes_on_where_its_id_is_sent(target: str) -> None:
    async with Client(target) as client:
        first = await client.ask("What colour is quartz?")
        follow = await client.ask("and pyrite?", conversation=first.conversation)
        alone = await client.ask("and pyrite?")

    assert follow.conversation == first.conversation
    assert follow.plan.steps[0].operator == "RECALL"
    assert {c.claim.predicate for c in follow.claims} == {c.claim.predicate for c in first.claims}
    assert not alone.plan.steps or alone.plan.steps[0].operator != "RECALL"


@pytest.mark.parametrize("audience", ["children", "PUBLIC", ""])
async def test_an_audience_that_does_not_exist_is_a_fault_of_its_field(target: str, audience: str) -> None:
    async with Client(target) as client:
        with pytest.raises(CallFailed) as raised:
            await client.ask("What colour is quartz?", context={"audience": audience})
    assert "question.context.audience" in raised.value.fields
    assert "professional and public" in raised.value.fields["question.context.audience"]


async def test_the_audience_reaches_the_agent_in_every_domain(serve: Serve, script: Script) -> None:
    script.go.set()
    async with serve(script) as target, Client(target) as client:
        await client.ask("q", context={"audience": "public", "children": True})
        await client.ask("q")
    assert [question.audience for question in script.questions] == ["public", "professional"]
    assert script.questions[0].context == {"children": True}
