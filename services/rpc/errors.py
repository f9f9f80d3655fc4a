"""Which status a failed call ends with, and what the caller gets to read.

```
BencaoError
├── InvalidField        a field of the request is not acceptable; names every one
├── InvalidPageToken    a page token was not given out by this server for this listing
├── DeadlinePassed      the call took longer than its caller or the server allows
└── ServerNotStarted    the server cannot listen: a person has to change a setting
    └── AddressInUse
```

Errors of the layers below are told apart by their `reason` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from kg.errors import BencaoError, PackInvalid

__all__ = [
    "AddressInUse",
    "DeadlinePassed",
    "InvalidField",
    "InvalidPageToken",
    "ServerNotStarted",
    "status_code",
    "to_status",
    "warning_status",
]

ERROR_DOMAIN: Final = "bencao"


class InvalidField(BencaoError):
    """Fields of the request are not acceptable: `fields` is path → what is wrong."""

    reason = "INVALID_FIELD"

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Take every faulty field, by its path from the request (`question.text`)."""
        super().__init__("; ".join(f"{path}: {fault}" for path, fault in fields.items()))
        self.fields = dict(fields)


class InvalidPageToken(BencaoError):
    """The page token was not given out for this listing; start again without one."""

    reason = "INVALID_PAGE_TOKEN"


class DeadlinePassed(BencaoError):
    """The call took too long; ask something smaller or allow more time."""


class ServerNotStarted(BencaoError):
    """The server cannot listen where the settings say."""


class AddressInUse(ServerNotStarted):
    """Another program listens there already."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """How errors of one reason leave the server. `text` replaces a message that is for operators only."""

    code: grpc.StatusCode
    text: str = ""
    retry_after: float = 0.0


_RULES: Final[Mapping[str, _Rule]] = {
    "INVALID_FIELD": _Rule(grpc.StatusCode.INVALID_ARGUMENT),
    "INVALID_PAGE_TOKEN": _Rule(grpc.StatusCode.INVALID_ARGUMENT),
    "SCHEMA_VIOLATION": _Rule(grpc.StatusCode.INVALID_ARGUMENT),
    "UNKNOWN_DOMAIN": _Rule(grpc.StatusCode.NOT_FOUND),
    "RESOURCE_NOT_FOUND": _Rule(grpc.StatusCode.NOT_FOUND),
    "REVISION_GONE": _Rule(grpc.StatusCode.OUT_OF_RANGE),
    "BUDGET_EXCEEDED": _Rule(grpc.StatusCode.RESOURCE_EXHAUSTED),
    "TRAVERSAL_LIMIT": _Rule(grpc.StatusCode.RESOURCE_EXHAUSTED),
    "GRAPH_UNAVAILABLE": _Rule(
        grpc.StatusCode.UNAVAILABLE, "the graph store does not answer; try again in a moment", retry_after=1.0
    ),
    "MODEL_UNAVAILABLE": _Rule(
        grpc.StatusCode.UNAVAILABLE, "the language model does not answer; try again in a moment", retry_after=5.0
    ),
}


def status_code(error: BaseException) -> grpc.StatusCode:
    """Return the code that a call ends with which raised `error`."""
    if isinstance(error, DeadlinePassed):
        return grpc.StatusCode.DEADLINE_EXCEEDED
    rule = _rule(error)
    return rule.code if rule else grpc.StatusCode.INTERNAL


def to_status(error: BaseException, request_id: str) -> status_pb2.Status:
    """Return what the caller is told about `error`; of an unforeseen one only that it happened."""
    code = status_code(error).value[0]
    rule = _rule(error)
    if isinstance(error, DeadlinePassed):
        return status_pb2.Status(code=code, message=str(error))
    if rule is None or not isinstance(error, BencaoError):
        return status_pb2.Status(code=code, message=f"internal error, request id {request_id}")
    info = error_details_pb2.ErrorInfo(
        reason=error.reason, domain=ERROR_DOMAIN, metadata={} if rule.text else error.metadata
    )
    details: list[Message] = [info]
    if isinstance(error, InvalidField):
        faults = [
            error_details_pb2.BadRequest.FieldViolation(field=path, description=fault)
            for path, fault in error.fields.items()
        ]
        details.append(error_details_pb2.BadRequest(field_violations=faults))
    if rule.retry_after and error.retryable:
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(int(rule.retry_after * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return status_pb2.Status(code=code, message=rule.text or str(error), details=map(_packed, details))


def warning_status(reason: str, message: str) -> status_pb2.Status:
    """Return a fault that an answer survived: `reason` as in `ErrorReason`, `message` for the reader."""
    rule = _RULES.get(reason)
    code = rule.code if rule else grpc.StatusCode.UNKNOWN
    info = error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN)
    return status_pb2.Status(code=code.value[0], message=message, details=[_packed(info)])


def _rule(error: BaseException) -> _Rule | None:
    if isinstance(error, PackInvalid) or not isinstance(error, BencaoError):
        return None  # a pack is the operator's, and so are its paths
    return _RULES.get(error.reason)


def _packed(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
