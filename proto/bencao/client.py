"""A typed client of the contract for asyncio; `bencao.sync` has the same without.

```python
async with Client() as client:
    answer = await client.ask("麻黄有什么功效？")
```

Every call has a deadline. Calls that may be repeated are, by the service config in
`SERVICE_CONFIG`: reads, and `AskQuestion`, which always carries a `request_id` (one is made if none is
given), so that a repetition returns the first answer. Streams are never repeated. Needs
`grpcio`, `protobuf` and `googleapis-common-protos`; `health` needs `grpcio-health-checking` too.
"""

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypedDict, TypeVar, Unpack

import grpc

from bencao.errors import CallFailed, call_failed
from bencao.v1.answer_service_pb2 import (
    Answer,
    AskQuestionRequest,
    Question,
    StreamAnswerRequest,
    StreamAnswerResponse,
)
from bencao.v1.answer_service_pb2_grpc import AnswerServiceStub
from bencao.v1.claim_pb2 import Claim
from bencao.v1.decision_service_pb2 import (
    CheckSafetyRequest,
    CheckSafetyResponse,
    ListRulesRequest,
    ListRulesResponse,
    Subject,
)
from bencao.v1.decision_service_pb2_grpc import DecisionServiceStub
from bencao.v1.graph_pb2 import Consistency, GraphRevision
from bencao.v1.graph_service_pb2 import (
    Domain,
    GetDomainRequest,
    GetEntityRequest,
    GetEntityResponse,
    SearchEntitiesRequest,
    SearchEntitiesResponse,
)
from bencao.v1.graph_service_pb2_grpc import GraphServiceStub
from bencao.v1.safety_pb2 import Acknowledgement
from bencao.v1.verification_service_pb2 import (
    VerifyClaimsRequest,
    VerifyClaimsResponse,
    VerifyTextRequest,
    VerifyTextResponse,
)
from bencao.v1.verification_service_pb2_grpc import VerificationServiceStub

__all__ = ["SERVICE_CONFIG", "Asked", "CallFailed", "Checked", "Client", "Searched", "Verified"]

T = TypeVar("T")

LOOPBACK: Final = ("127.", "localhost:", "[::1]:")

SERVICE_CONFIG: Final = json.dumps(
    {
        "methodConfig": [
            {
                "name": [
                    {"service": "bencao.v1.GraphService"},
                    {"service": "bencao.v1.DecisionService"},
                    {"service": "bencao.v1.VerificationService", "method": "VerifyClaims"},
                    {"service": "bencao.v1.AnswerService", "method": "GetAnswer"},
                    {"service": "bencao.v1.AnswerService", "method": "ListAnswers"},
                    {"service": "bencao.v1.AnswerService", "method": "AskQuestion"},
                ],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 3,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)


class Asked(TypedDict, total=False):
    """What may go with a question; see `bencao.v1.Question`.

    `domain` is an id or `domains/{id}`, `revision` a token that the answer must be read at,
    `timeout` is in seconds.
    """

    domain: str
    language: str
    context: Mapping[str, object]
    max_hops: int
    conversation: str
    revision: str
    request_id: str | None
    timeout: float


class Searched(TypedDict, total=False):
    """What may go with a search; see `bencao.v1.SearchEntitiesRequest`. `timeout` is in seconds."""

    types: tuple[str, ...]
    language: str
    page_size: int
    page_token: str
    timeout: float


class Verified(TypedDict, total=False):
    """What may go with claims or a text to verify; `domain` and `revision` as in `Asked`, `timeout` in seconds."""

    proofs: bool
    domain: str
    language: str
    revision: str
    timeout: float


class Checked(TypedDict, total=False):
    """What may go with a safety check; see `bencao.v1.CheckSafetyRequest`.

    `checks` are numbers of `bencao.v1.CheckKind`; `domain` and `revision` as in `Asked`, `timeout` in seconds.
    """

    domain: str
    language: str
    context: Mapping[str, object]
    checks: Sequence[int]
    acknowledgements: Sequence[Acknowledgement]
    revision: str
    timeout: float


class Client:
    """An asynchronous client of one server; use it as a context manager."""

    def __init__(
        self,
        target: str = "127.0.0.1:50051",
        *,
        timeout: float = 60.0,
        credentials: grpc.ChannelCredentials | None = None,
        token: str | None = None,
    ) -> None:
        """Prepare a channel to `target`, which connects when first used.

        Args:
            target: `host:port` or another gRPC target.
            timeout: the deadline of every call in seconds, unless the call gives its own.
            credentials: TLS credentials; without them nothing is encrypted.
            token: sent as `authorization: Bearer …`; give it only with `credentials` or on loopback.
        """
        self._target = target
        self._timeout = timeout
        self._credentials = credentials
        self._metadata = (("authorization", f"Bearer {token}"),) if token else ()
        self._channel: grpc.aio.Channel | None = None

    async def __aenter__(self) -> Self:
        """Open the channel in the running loop."""
        options: list[tuple[str, object]] = [("grpc.service_config", SERVICE_CONFIG)]
        if self._target.startswith(LOOPBACK):
            options.append(("grpc.enable_http_proxy", 0))  # a proxy of the environment cannot reach this machine
        if self._credentials is None:
            self._channel = grpc.aio.insecure_channel(self._target, options=options)
        else:
            self._channel = grpc.aio.secure_channel(self._target, self._credentials, options=options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the channel and end every call that is still running."""
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    async def ask(self, text: str, **options: Unpack[Asked]) -> Answer:
        """Ask one question and return the whole answer.

        Raises:
            CallFailed: the question is not acceptable or the server did not answer in time.
        """
        request = AskQuestionRequest(
            question=_question(text, options), request_id=options.get("request_id") or str(uuid.uuid4())
        )
        stub = AnswerServiceStub(self._open)
        return (await self._call(stub.AskQuestion, request, options.get("timeout"))).answer

    async def stream(self, text: str, **options: Unpack[Asked]) -> AsyncIterator[StreamAnswerResponse]:
        """Ask one question and yield what happens; the last event is `completed`.

        Raises:
            CallFailed: as `ask`, also in the middle of the stream.
        """
        request = StreamAnswerRequest(
            question=_question(text, options), request_id=options.get("request_id") or str(uuid.uuid4())
        )
        timeout = options.get("timeout", self._timeout)
        call = AnswerServiceStub(self._open).StreamAnswer(request, timeout=timeout, metadata=self._metadata)
        try:
            async for event in call:
                yield event
        except grpc.aio.AioRpcError as error:
            raise call_failed(error, self._target) from error
        finally:
            call.cancel()

    async def get_domain(self, name: str) -> Domain:
        """Return the schema, counts and revision of a domain, given as an id or as `domains/{id}`."""
        stub = GraphServiceStub(self._open)
        return (await self._call(stub.GetDomain, GetDomainRequest(name=_domain(name)))).domain

    async def search_entities(self, domain: str, query: str, **options: Unpack[Searched]) -> SearchEntitiesResponse:
        """Return one page of the entities that match what a person typed, best first."""
        request = SearchEntitiesRequest(
            parent=_domain(domain),
            query=query,
            types=options.get("types", ()),
            language_code=options.get("language", ""),
            page_size=options.get("page_size", 0),
            page_token=options.get("page_token", ""),
        )
        return await self._call(GraphServiceStub(self._open).SearchEntities, request, options.get("timeout"))

    async def get_entity(self, name: str) -> GetEntityResponse:
        """Return the entity `domains/{domain}/entities/{entity}` and the counts of its relations."""
        return await self._call(GraphServiceStub(self._open).GetEntity, GetEntityRequest(name=name))

    async def verify_claims(self, claims: Sequence[Claim], **options: Unpack[Verified]) -> VerifyClaimsResponse:
        """Return what the graph says of up to 100 claims, in their order."""
        request = VerifyClaimsRequest(
            domain=_domain(options.get("domain", "")),
            claims=claims,
            language_code=options.get("language", ""),
            with_proofs=options.get("proofs", False),
            consistency=_at(options.get("revision", "")),
        )
        return await self._call(VerificationServiceStub(self._open).VerifyClaims, request, options.get("timeout"))

    async def verify_text(self, text: str, **options: Unpack[Verified]) -> VerifyTextResponse:
        """Return what the graph says of everything that a text states; spans count bytes of its UTF-8."""
        request = VerifyTextRequest(
            domain=_domain(options.get("domain", "")),
            text=text,
            language_code=options.get("language", ""),
            with_proofs=options.get("proofs", False),
            consistency=_at(options.get("revision", "")),
        )
        return await self._call(VerificationServiceStub(self._open).VerifyText, request, options.get("timeout"))

    async def check_safety(self, subjects: Sequence[Subject], **options: Unpack[Checked]) -> CheckSafetyResponse:
        """Return what the domain's rules find about things that are to be used together by someone."""
        return await self._check(subjects, "", options)

    async def check_prescription(self, words: str, **options: Unpack[Checked]) -> CheckSafetyResponse:
        """Check what a person would write: things with doses and preparation, and what is known of the person."""
        return await self._check((), words, options)

    async def list_rules(self, domain: str, *, page_size: int = 0, page_token: str = "") -> ListRulesResponse:
        """Return one page of a domain's safety rules, by name."""
        request = ListRulesRequest(parent=_domain(domain), page_size=page_size, page_token=page_token)
        return await self._call(DecisionServiceStub(self._open).ListRules, request)

    async def health(self, service: str = "") -> str:
        """Return `SERVING`, `NOT_SERVING` or `UNKNOWN` for the server or one of its services."""
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        stub = health_pb2_grpc.HealthStub(self._open)
        response = await self._call(stub.Check, health_pb2.HealthCheckRequest(service=service))
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))

    async def _check(self, subjects: Sequence[Subject], words: str, options: Checked) -> CheckSafetyResponse:
        request = CheckSafetyRequest(
            domain=_domain(options.get("domain", "")),
            subjects=subjects,
            prescription=words,
            checks=options.get("checks", ()),  # type: ignore[arg-type]  # any number that the server knows
            acknowledgements=options.get("acknowledgements", ()),
            language_code=options.get("language", ""),
            consistency=_at(options.get("revision", "")),
        )
        if context := options.get("context"):
            request.context.update(dict[str, Any](context))
        return await self._call(DecisionServiceStub(self._open).CheckSafety, request, options.get("timeout"))

    @property
    def _open(self) -> grpc.aio.Channel:
        if self._channel is None:
            message = "the client is closed; use it inside `async with Client(…) as client:`"
            raise RuntimeError(message)
        return self._channel

    async def _call(self, method: Callable[..., Awaitable[T]], request: object, seconds: float | None = None) -> T:
        try:
            return await method(request, timeout=seconds or self._timeout, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            raise call_failed(error, self._target) from error


def _domain(name: str) -> str:
    return name if not name or name.startswith("domains/") else f"domains/{name}"


def _at(revision: str) -> Consistency | None:
    return Consistency(at_exact_revision=GraphRevision(token=revision)) if revision else None


def _question(text: str, options: Asked) -> Question:
    question = Question(
        text=text,
        domain=_domain(options.get("domain", "")),
        language_code=options.get("language", ""),
        max_hops=options.get("max_hops", 0),
        conversation=options.get("conversation", ""),
    )
    if context := options.get("context"):
        question.context.update(dict[str, Any](context))
    if consistency := _at(options.get("revision", "")):
        question.consistency.CopyFrom(consistency)
    return question
