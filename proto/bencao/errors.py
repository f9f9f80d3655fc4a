"""What a call can end with instead of a response: `CallFailed`, made from the status and its details."""

from collections.abc import Iterator, Mapping
from typing import Final

import grpc
from google.rpc import error_details_pb2, status_pb2

__all__ = ["CallFailed", "call_failed"]

DETAILS: Final = "grpc-status-details-bin"


class CallFailed(Exception):
    """The server refused or could not answer.

    Attributes:
        code: the gRPC status code.
        reason: an `ErrorReason` without its prefix, or empty if the server gave none.
        metadata: the parts of the message, for programs.
        fields: what is wrong with each field, by its path.
    """

    def __init__(self, code: grpc.StatusCode, message: str, *details: object) -> None:
        """Take the status and whatever `google.rpc` details came with it."""
        super().__init__(message)
        self.code = code
        self.reason = ""
        self.metadata: Mapping[str, str] = {}
        self.fields: Mapping[str, str] = {}
        for detail in details:
            if isinstance(detail, error_details_pb2.ErrorInfo):
                self.reason = detail.reason
                self.metadata = dict(detail.metadata)
            elif isinstance(detail, error_details_pb2.BadRequest):
                self.fields = {fault.field: fault.description for fault in detail.field_violations}


def call_failed(error: grpc.aio.AioRpcError, target: str) -> CallFailed:
    """Return what to raise for `error`; a server at `target` that cannot be reached is said in words."""
    message = error.details() or error.code().name
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            return CallFailed(error.code(), message, *_details(status_pb2.Status.FromString(value)))
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        message = f"no server answers at {target}: start one with `bencao serve` or name another ({message})"
    return CallFailed(error.code(), message)


def _details(status: status_pb2.Status) -> Iterator[object]:
    for detail in status.details:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest):
            if detail.Is(kind.DESCRIPTOR):
                found = kind()
                detail.Unpack(found)
                yield found
