"""What surrounds every call of the contract, outermost first: errors, request id, log, deadline, validation.

Health and reflection are not touched: they answer whatever happens to the rest.
"""

import asyncio
import inspect
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import grpc
import protovalidate
import structlog
from google.protobuf.message import Message

from reasoning.budget import Deadline
from services.rpc.errors import DeadlinePassed, InvalidField, status_code, to_status

__all__ = ["Around", "Call", "chain", "current_deadline", "wrap_handler"]

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # quoted: generic in its stubs only
Continuation: TypeAlias = Callable[[grpc.HandlerCallDetails], Awaitable["Handler | None"]]

REQUEST_ID: Final = "x-request-id"
DETAILS: Final = "grpc-status-details-bin"
OWN: Final = "/bencao."
ASKING: Final = frozenset({"AskQuestion", "StreamAnswer"})
ASK_CAP: Final = 180.0  # seconds
READ_DEFAULT: Final = 5.0
READ_CAP: Final = 30.0
_CALLERS_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

_log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger("bencao.rpc")
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_deadline: ContextVar[Deadline] = ContextVar("deadline")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that is being served; `method` is without its service."""

    method: str
    request: Message
    context: grpc.aio.ServicerContext[Any, Any]


Surrounding: TypeAlias = Callable[[Call], AbstractAsyncContextManager[None]]


def chain(answer_timeout: float) -> tuple[grpc.aio.ServerInterceptor, ...]:
    """Return the interceptors in their order; a question without a deadline gets `answer_timeout` seconds."""
    return (
        Around(_errors),
        Around(_identified),
        Around(_logged),
        Around(_within(answer_timeout)),
        Around(_validated),
    )


def current_deadline() -> Deadline:
    """Return the deadline of the call that this task serves."""
    return _deadline.get()


class Around(grpc.aio.ServerInterceptor):
    """Runs every call of the contract inside an asynchronous context manager."""

    def __init__(self, surrounding: Surrounding) -> None:
        """Take what to open around each call; it may raise before the handler starts."""
        self._surrounding = surrounding

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> "Handler | None":
        """Wrap the handler of a method of the contract; pass others through."""
        handler = await continuation(handler_call_details)
        path = handler_call_details.method
        if handler is None or not path.startswith(OWN):
            return handler
        return wrap_handler(handler, path.rpartition("/")[2], self._surrounding)


def wrap_handler(handler: Handler, method: str, surrounding: Surrounding) -> Handler:
    """Return a handler that runs `handler` inside `surrounding`; requests are single, responses single or many.

    A generated handler that nobody wrote yet is a plain function and stays as it is, so that it
    says UNIMPLEMENTED whatever was sent.
    """
    many: Any = handler.unary_stream  # the stubs give the synchronous types
    one: Any = handler.unary_unary
    if many:

        async def stream(request: Message, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Message]:
            async with surrounding(Call(method, request, context)), aclosing(many(request, context)) as responses:
                async for response in responses:
                    yield response

        return grpc.unary_stream_rpc_method_handler(stream, handler.request_deserializer, handler.response_serializer)

    if surrounding is _validated and not inspect.iscoroutinefunction(one):
        return handler

    async def unary(request: Message, context: grpc.aio.ServicerContext[Any, Any]) -> Message:
        async with surrounding(Call(method, request, context)):
            response: Message = await one(request, context)
            return response

    return grpc.unary_unary_rpc_method_handler(unary, handler.request_deserializer, handler.response_serializer)


@asynccontextmanager
async def _errors(call: Call) -> AsyncIterator[None]:
    """End a failed call with the status that the table has for its error."""
    try:
        yield
    except grpc.aio.AbortError:
        raise
    except NotImplementedError as error:
        if call.context.code() is not grpc.StatusCode.UNIMPLEMENTED:
            await _refuse(call, error)
        await call.context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{call.method} is not offered by this server yet")
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a status and the log has it
        await _refuse(call, error)


async def _refuse(call: Call, error: Exception) -> None:
    request_id = _request_id.get()
    status = to_status(error, request_id)
    trailing = ((DETAILS, status.SerializeToString()), (REQUEST_ID, request_id))
    await call.context.abort(status_code(error), status.message, trailing)


@asynccontextmanager
async def _identified(call: Call) -> AsyncIterator[None]:
    """Name the call by the caller's `x-request-id` or a new id, in logs and in the trailing metadata."""
    given = dict(call.context.invocation_metadata() or ()).get(REQUEST_ID, "")
    name = given if isinstance(given, str) and _CALLERS_ID.fullmatch(given) else uuid.uuid4().hex
    _request_id.set(name)
    structlog.contextvars.bind_contextvars(request_id=name)
    call.context.set_trailing_metadata(((REQUEST_ID, name),))
    yield


@asynccontextmanager
async def _logged(call: Call) -> AsyncIterator[None]:
    """Write one line per call: never the question, nor anything else that was sent."""
    start = time.monotonic()
    code = grpc.StatusCode.OK
    fault: BaseException | None = None
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        code = grpc.StatusCode.CANCELLED
        raise
    except BaseException as error:
        unwritten = isinstance(error, NotImplementedError) and call.context.code() is grpc.StatusCode.UNIMPLEMENTED
        code = grpc.StatusCode.UNIMPLEMENTED if unwritten else status_code(error)
        fault = error
        raise
    finally:
        line = {"method": call.method, "code": code.name, "seconds": round(time.monotonic() - start, 4)}
        if code is grpc.StatusCode.INTERNAL:
            _log.error("call failed", exc_info=fault, **line)
        elif code is grpc.StatusCode.UNAVAILABLE:
            _log.warning("call failed", why=str(fault), **line)
        else:
            _log.info("call", **line)


def _within(answer_timeout: float) -> Surrounding:
    """Return what bounds a call: by the caller's deadline up to a cap, by a default if there is none."""

    @asynccontextmanager
    async def bounded(call: Call) -> AsyncIterator[None]:
        asking = call.method in ASKING
        default, cap = (answer_timeout, max(ASK_CAP, answer_timeout)) if asking else (READ_DEFAULT, READ_CAP)
        asked = _asked(call)
        seconds = default if asked is None else min(asked, cap)
        _deadline.set(Deadline.after(seconds))
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"no result within {seconds:.1f} s; ask for less or allow more time"
            raise DeadlinePassed(message, seconds=f"{seconds:.1f}") from None

    return bounded


def _asked(call: Call) -> float | None:
    return call.context.time_remaining()  # None without a deadline, whatever the stubs say


@asynccontextmanager
async def _validated(call: Call) -> AsyncIterator[None]:
    """Refuse a request that breaks a constraint of the contract, with the path of every faulty field."""
    if violations := protovalidate.collect_violations(call.request):
        faults: dict[str, str] = {}
        for violation in violations:
            faults.setdefault(_path(violation.proto.field), violation.proto.message or "")
        raise InvalidField(faults)
    yield


def _path(field: Any) -> str:  # noqa: ANN401 - a message of protovalidate's own runtime, which has no public name
    """Write a field path as `question.text` or `claims[2].text`."""
    parts = []
    for element in field.elements if field else ():
        index = element.subscript
        parts.append(element.field_name + (f"[{index.value}]" if index else ""))
    return ".".join(parts)
