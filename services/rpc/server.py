"""The server: binds the handlers to a socket, with health, reflection and limits, and ends in good order."""

import errno
import ipaddress
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NoReturn

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from bencao.v1 import (
    answer_service_pb2,
    answer_service_pb2_grpc,
    curation_service_pb2,
    curation_service_pb2_grpc,
    decision_service_pb2,
    decision_service_pb2_grpc,
    graph_service_pb2,
    graph_service_pb2_grpc,
    verification_service_pb2,
    verification_service_pb2_grpc,
)
from reasoning.answer import Event, Question
from reasoning.budget import Budget
from reasoning.domain import Domain
from services.rpc.chain import chain
from services.rpc.errors import AddressInUse, ServerNotStarted
from services.rpc.handlers.answers import SILENCE, AnswerHandlers, Ask
from services.rpc.handlers.decisions import DecisionHandlers
from services.rpc.handlers.graph import GraphHandlers
from services.rpc.handlers.verification import VerificationHandlers
from services.rpc.requests import Service
from services.settings import Settings

__all__ = ["GRACE", "serving"]

GRACE: Final = 25.0  # seconds that running calls have to end when the server stops
_MAX_MESSAGE: Final = 4 * 1024 * 1024
_MAX_CALLS: Final = 1000  # the last wall: health is refused beyond it too
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE),
    ("grpc.max_send_message_length", _MAX_MESSAGE),
    ("grpc.max_concurrent_streams", 100),  # per connection
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_connection_age_ms", 30 * 60_000),
    ("grpc.max_connection_age_grace_ms", 5 * 60_000),  # longer than any answer may take
    ("grpc.so_reuseport", 0),  # two servers on one port would share its calls without a word
)
_NAMES: Final = tuple(
    file.services_by_name[name].full_name
    for file in (
        answer_service_pb2.DESCRIPTOR,
        curation_service_pb2.DESCRIPTOR,
        decision_service_pb2.DESCRIPTOR,
        graph_service_pb2.DESCRIPTOR,
        verification_service_pb2.DESCRIPTOR,
    )
    for name in file.services_by_name
)

_log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger("bencao.rpc")


@asynccontextmanager
async def serving(
    service: Service, settings: Settings, *, ask: Ask | None = None, grace: float = GRACE, silence: float = SILENCE
) -> AsyncIterator[int]:
    """Serve `service` where `settings` say while the block runs; yields the port.

    Args:
        service: the domains.
        settings: `host`, `port`, `reflection`, `answer_timeout` and `prose` are used.
        ask: makes the events of an answer; `reasoning.ask.ask` if not given.
        grace: seconds that running calls have to end after the block; later ones are cancelled.
        silence: seconds after which a stream without events sends a heartbeat.

    Raises:
        AddressInUse: another program listens on the port.
        ServerNotStarted: the address cannot be listened on.
    """
    _probe(settings.host, settings.port)
    server = grpc.aio.server(
        interceptors=chain(settings.answer_timeout), options=_OPTIONS, maximum_concurrent_rpcs=_MAX_CALLS
    )
    answers = AnswerHandlers(service, ask or _agent(settings), silence=silence)
    answer_service_pb2_grpc.add_AnswerServiceServicer_to_server(answers, server)
    graph_service_pb2_grpc.add_GraphServiceServicer_to_server(GraphHandlers(service), server)
    curation_service_pb2_grpc.add_CurationServiceServicer_to_server(
        curation_service_pb2_grpc.CurationServiceServicer(), server
    )
    decision_service_pb2_grpc.add_DecisionServiceServicer_to_server(DecisionHandlers(service), server)
    verification_service_pb2_grpc.add_VerificationServiceServicer_to_server(VerificationHandlers(service), server)
    vital = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(vital, server)
    if _reflects(settings):
        _add_reflection(server)
    port = server.add_insecure_port(_address(settings.host, settings.port))
    for name in ("", *_NAMES):
        await vital.set(name, health_pb2.HealthCheckResponse.SERVING)
    await server.start()
    _log.info("serving", address=_address(settings.host, port), domains=list(service.domains))
    try:
        yield port
    finally:
        await vital.enter_graceful_shutdown()
        await server.stop(grace)


def _agent(settings: Settings) -> Ask:
    from reasoning.ask import ask  # the agent's libraries are loaded by those who serve answers only
    from reasoning.conversation import Conversations

    memory = Conversations(seconds=settings.conversation_lifetime, most=settings.conversations)

    def agent(question: Question, domain: Domain, budget: Budget) -> AsyncIterator[Event]:
        return ask(question, domain, budget=budget, prose=settings.prose, memory=memory)

    return agent


def _reflects(settings: Settings) -> bool:
    return settings.reflection == "on" or (settings.reflection == "auto" and _is_loopback(settings.host))


def _add_reflection(server: grpc.aio.Server) -> None:
    """Offer reflection as `v1alpha`, which the library has, and as `v1`, which is the same on the wire."""
    names = (*_NAMES, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    handler = grpc.stream_stream_rpc_method_handler(
        reflection.aio.ReflectionServicer(names).ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "grpc.reflection.v1.ServerReflection", {"ServerReflectionInfo": handler}
            ),
        )
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _probe(host: str, port: int) -> None:
    """Bind as the server will, because gRPC does not say why it could not."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        _refuse(error, host, port)


def _refuse(error: OSError, host: str, port: int) -> NoReturn:
    where = _address(host, port)
    if error.errno == errno.EADDRINUSE:
        message = f"{where} is in use: stop the other program or set another BENCAO_PORT (--port)"
        raise AddressInUse(message, host=host, port=str(port)) from None
    reason = error.strerror or os.strerror(error.errno or 0)
    setting = "BENCAO_PORT (--port)" if error.errno == errno.EACCES else "BENCAO_HOST (--host)"
    message = f"cannot listen on {where}: {reason}; set another {setting}"
    raise ServerNotStarted(message, host=host, port=str(port)) from None
