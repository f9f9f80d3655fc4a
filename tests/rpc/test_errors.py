"""What the caller reads about an error: a reason from the contract, or nothing but that it happened."""

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from bencao.client import CallFailed, Client
from bencao.v1.answer_service_pb2 import AskQuestionRequest, Question
from bencao.v1.answer_service_pb2_grpc import AnswerServiceStub
from bencao.v1.error_reason_pb2 import ErrorReason
from kg.errors import (
    BencaoError,
    GraphUnavailable,
    NotFound,
    PackInvalid,
    RevisionGone,
    SchemaViolation,
    StoreMisconfigured,
    TraversalLimit,
    UnknownDomain,
)
from reasoning.budget import BudgetExceeded
from reasoning.llm.errors import ModelMisconfigured, ModelUnavailable
from services.rpc.errors import DeadlinePassed, InvalidField, InvalidPageToken, to_status
from tests.rpc.parts import Script, Serve, asked

SECRET = "/srv/graph bolt://db:7687 MATCH (n) p4ssw0rd"
CODE = grpc.StatusCode

TOLD = [
    (InvalidField({"a.b": "is wrong"}), CODE.INVALID_ARGUMENT, "INVALID_FIELD"),
    (InvalidPageToken("start again"), CODE.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN"),
    (SchemaViolation("no", predicate="P"), CODE.INVALID_ARGUMENT, "SCHEMA_VIOLATION"),
    (UnknownDomain("no", domain="d"), CODE.NOT_FOUND, "UNKNOWN_DOMAIN"),
    (NotFound("no", name="n"), CODE.NOT_FOUND, "RESOURCE_NOT_FOUND"),
    (RevisionGone("no", oldest_revision="r"), CODE.OUT_OF_RANGE, "REVISION_GONE"),
    (BudgetExceeded("no", budget="tokens", limit="9"), CODE.RESOURCE_EXHAUSTED, "BUDGET_EXCEEDED"),
    (TraversalLimit("no", limit="9"), CODE.RESOURCE_EXHAUSTED, "TRAVERSAL_LIMIT"),
    (GraphUnavailable(SECRET, uri=SECRET), CODE.UNAVAILABLE, "GRAPH_UNAVAILABLE"),
    (StoreMisconfigured(SECRET, uri=SECRET), CODE.UNAVAILABLE, "GRAPH_UNAVAILABLE"),
    (ModelUnavailable(SECRET, key=SECRET), CODE.UNAVAILABLE, "MODEL_UNAVAILABLE"),
    (ModelMisconfigured(SECRET, key=SECRET), CODE.UNAVAILABLE, "MODEL_UNAVAILABLE"),
]
UNTOLD = [RuntimeError(SECRET), KeyError(SECRET), OSError(2, SECRET), PackInvalid([SECRET]), BencaoError(SECRET)]


def name(value: object) -> str | None:
    return type(value).__name__ if isinstance(value, Exception) else None


def details(status: status_pb2.Status) -> list[str]:
    return [detail.type_url.rpartition(".")[2] for detail in status.details]


@pytest.mark.parametrize(("error", "code", "reason"), TOLD, ids=name)
def test_known_errors_have_one_reason_and_their_parts(error: BencaoError, code: grpc.StatusCode, reason: str) -> None:
    status = to_status(error, "id")

    info = error_details_pb2.ErrorInfo()
    assert details(status).count("ErrorInfo") == 1
    assert status.details[0].Unpack(info)
    assert (status.code, info.reason, info.domain) == (code.value[0], reason, "bencao")
    assert "RetryInfo" not in details(status) or error.retryable
    assert ("RetryInfo" in details(status)) == error.retryable
    assert SECRET not in str(status)
    assert f"ERROR_REASON_{reason}" in ErrorReason.keys()  # noqa: SIM118 - an enum of the contract is no mapping


def test_parts_of_the_message_are_metadata_too() -> None:
    info = error_details_pb2.ErrorInfo()

    to_status(BudgetExceeded("no", budget="tokens", limit="9"), "id").details[0].Unpack(info)

    assert dict(info.metadata) == {"budget": "tokens", "limit": "9"}


@pytest.mark.parametrize("error", UNTOLD, ids=name)
def test_unforeseen_errors_say_only_the_request_id(error: Exception) -> None:
    status = to_status(error, "the-id")

    assert status == status_pb2.Status(code=CODE.INTERNAL.value[0], message="internal error, request id the-id")


def test_a_passed_deadline_has_the_code_of_grpc() -> None:
    assert to_status(DeadlinePassed("too long"), "id").code == CODE.DEADLINE_EXCEEDED.value[0]


@pytest.mark.parametrize("error", [*[case[0] for case in TOLD], *UNTOLD, TimeoutError(SECRET)], ids=name)
@pytest.mark.parametrize("streamed", [False, True], ids=["unary", "stream"])
async def test_nothing_leaks_over_the_wire(serve: Serve, script: Script, error: Exception, *, streamed: bool) -> None:
    script.go.set()
    script.fault = error
    async with serve(script) as target, Client(target) as client:
        with pytest.raises(CallFailed) as failed:
            await asked(client, "q", streamed=streamed)

    cause = failed.value.__cause__
    assert isinstance(cause, grpc.aio.AioRpcError)
    told = f"{cause.details()} {cause.trailing_metadata()}"
    for word in (*SECRET.split(), "Traceback", "tests/rpc", type(error).__name__):
        assert word not in told


async def test_the_callers_request_id_comes_back(serve: Serve, script: Script) -> None:
    script.go.set()
    script.fault = RuntimeError("boom")
    async with serve(script) as target, grpc.aio.insecure_channel(target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await AnswerServiceStub(channel).AskQuestion(
                AskQuestionRequest(question=Question(text="q")), metadata=(("x-request-id", "mine-1"),)
            )

    assert failed.value.details() == "internal error, request id mine-1"
    assert dict(failed.value.trailing_metadata())["x-request-id"] == "mine-1"
