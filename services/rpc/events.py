"""What happens while an answer is made, as events of the stream."""

from bencao.v1 import answer_service_pb2
from bencao.v1.answer_service_pb2 import StreamAnswerResponse
from reasoning.answer import (
    ClaimChecked,
    Completed,
    DraftDelta,
    Event,
    Retrieved,
    StepCompleted,
    StepStarted,
    Warned,
)
from services.rpc.convert import Wording, answer_message, duration, enum_value, subgraph_message, verdict_message
from services.rpc.errors import warning_status

__all__ = ["event_message"]


def event_message(event: Event | None, sequence: int, wording: Wording) -> StreamAnswerResponse:
    """Return an event as number `sequence`; None is a heartbeat."""
    message = StreamAnswerResponse(sequence=sequence)
    match event:
        case None:
            message.heartbeat.SetInParent()
        case StepStarted():
            message.step_started.CopyFrom(_step(event))
        case StepCompleted():
            message.step_completed.CopyFrom(_step(event))
            message.step_completed.elapsed.CopyFrom(duration(event.elapsed))
        case Retrieved():
            message.retrieved.CopyFrom(subgraph_message(event.evidence, wording))
        case DraftDelta():
            message.draft_delta = event.text
        case ClaimChecked():
            message.claim_checked.CopyFrom(verdict_message(event.verdict, wording))
        case Warned():
            message.warning.CopyFrom(warning_status(event.reason, event.message))
        case Completed():
            message.completed.CopyFrom(answer_message(event.answer, wording))
    return message


def _step(event: StepStarted | StepCompleted) -> answer_service_pb2.Step:
    kind = enum_value(answer_service_pb2.Step.Kind, "KIND", event.kind)
    return answer_service_pb2.Step(kind=kind, title=event.title)
