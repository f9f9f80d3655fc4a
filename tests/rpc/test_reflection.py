"""What grpcurl does: find services by reflection, build messages from descriptors, call without our stubs."""

import json

import grpc
import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection_pb2

from services.rpc.server import serving
from services.settings import Settings
from tests.rpc.parts import Minerals

ANYWHERE = "0.0.0.0"  # noqa: S104 - that this is not loopback is what is tested
LIVE = {"AskQuestion", "StreamAnswer", "GetDomain", "SearchEntities", "GetEntity"}  # of the services that have gaps


@pytest.fixture(params=["v1alpha", "v1"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def reflect(channel: grpc.aio.Channel, version: str, **asked: str) -> reflection_pb2.ServerReflectionResponse:
    responses = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )(iter([reflection_pb2.ServerReflectionRequest(**asked)]))
    async for response in responses:
        return response
    message = "no answer"
    raise AssertionError(message)


async def described(channel: grpc.aio.Channel, version: str, service: str) -> ServiceDescriptor:
    """Return a service's descriptor in a pool that holds only what reflection gave."""
    pool = descriptor_pool.DescriptorPool()
    response = await reflect(channel, version, file_containing_symbol=service)
    files = [FileDescriptorProto.FromString(file) for file in response.file_descriptor_response.file_descriptor_proto]
    waiting = {file.name: file for file in files}

    def add(name: str) -> None:
        if file := waiting.pop(name, None):
            for needed in file.dependency:
                add(needed)
            pool.Add(file)

    for name in list(waiting):
        add(name)
    return pool.FindServiceByName(service)


async def call(channel: grpc.aio.Channel, method: MethodDescriptor, question: str = "{}") -> Message:
    """Send the proto3 JSON `question` and return the response."""
    unary: grpc.aio.UnaryUnaryMultiCallable[Message, Message] = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )
    return await unary(json_format.Parse(question, message_factory.GetMessageClass(method.input_type)()))


async def test_all_services_are_listed(channel: grpc.aio.Channel, version: str) -> None:
    response = await reflect(channel, version, list_services="*")

    names = {service.name for service in response.list_services_response.service}
    assert names == {
        "bencao.v1.AnswerService",
        "bencao.v1.CurationService",
        "bencao.v1.DecisionService",
        "bencao.v1.GraphService",
        "bencao.v1.VerificationService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_a_question_is_asked_without_any_stub(channel: grpc.aio.Channel, version: str) -> None:
    service = await described(channel, version, "bencao.v1.AnswerService")
    method = service.methods_by_name["AskQuestion"]

    response = await call(channel, method, '{"question": {"text": "What colour is quartz?"}}')

    answer = json.loads(json_format.MessageToJson(response))["answer"]
    assert answer["outcome"] == "OUTCOME_ANSWERED"
    assert answer["claims"]


@pytest.mark.parametrize("name", ["Answer", "Curation", "Graph"])
async def test_what_is_not_there_yet_says_so(channel: grpc.aio.Channel, name: str) -> None:
    service = await described(channel, "v1alpha", f"bencao.v1.{name}Service")

    for method in service.methods:
        if method.name in LIVE:
            continue
        with pytest.raises(grpc.aio.AioRpcError, match=method.name) as failed:
            await call(channel, method)
        assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("setting", "host", "there"), [("off", "127.0.0.1", False), ("auto", ANYWHERE, False), ("on", ANYWHERE, True)]
)
async def test_reflection_is_for_loopback_unless_asked_for(
    service: Minerals, setting: str, host: str, *, there: bool
) -> None:
    settings = Settings(port=0, host=host, reflection=setting, model="none")
    async with serving(service, settings, grace=0.0) as port, grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        if there:
            assert (await reflect(channel, "v1", list_services="*")).list_services_response.service
        else:
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await reflect(channel, "v1", list_services="*")
            assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED
