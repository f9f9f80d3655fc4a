"""Make the descriptor set and the Python stubs of the contract: `python proto/generate.py [FOLDER]`.

Two things are not as in an ordinary call of protoc:

- `buf/validate/validate.proto` is in no package of the index; its descriptor comes out of the
  protovalidate wheel. `bencao.binpb` holds it, so that a client in any language can be generated from that
  one file: `protoc --descriptor_set_in=bencao.binpb --java_out=… bencao/v1/answer_service.proto`.
- The Python stubs are generated without that import. The constraints stay in the options of every
  field, where protovalidate reads them by number, and a client needs no `buf.validate` module and
  cannot clash with one that is there.
"""

import importlib.resources
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import protovalidate._gen.buf.validate.validate_pb as constraints
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

__all__ = ["descriptor_set", "main", "stubs"]

ROOT: Final = Path(__file__).resolve().parent
OWN: Final = "bencao/"


def main(folder: Path = ROOT) -> None:
    """Write `bencao/bencao.binpb` and `bencao/v1/*_pb2*` below `folder`."""
    contract = descriptor_set(ROOT)
    target = folder / OWN / "bencao.binpb"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(contract.SerializeToString(deterministic=True))
    stubs(contract, folder)


def descriptor_set(root: Path) -> FileDescriptorSet:
    """Return the contract below `root` with all that it imports, comments included."""
    with tempfile.TemporaryDirectory() as scratch:
        known, made = Path(scratch, "known.binpb"), Path(scratch, "made.binpb")
        known.write_bytes(FileDescriptorSet(file=[_constraints()]).SerializeToString())
        _protoc(
            f"--proto_path={root}",
            f"--proto_path={importlib.resources.files('grpc_tools') / '_proto'}",
            f"--proto_path={importlib.resources.files('google.rpc') / '..' / '..'}",
            f"--descriptor_set_in={known}",
            "--include_imports",
            "--include_source_info",
            f"--descriptor_set_out={made}",
            *sorted(str(file.relative_to(root)) for file in (root / OWN).rglob("*.proto")),
        )
        return FileDescriptorSet.FromString(made.read_bytes())


def stubs(contract: FileDescriptorSet, folder: Path) -> None:
    """Write modules, type stubs and, for files with services, the gRPC stubs of `contract` below `folder`."""
    scripts = Path(sysconfig.get_path("scripts"))
    own = [file for file in contract.file if file.name.startswith(OWN)]
    with tempfile.TemporaryDirectory() as scratch:
        lean = Path(scratch, "lean.binpb")
        lean.write_bytes(FileDescriptorSet(file=map(_lean, _needed(contract.file))).SerializeToString())
        _protoc(
            f"--descriptor_set_in={lean}",
            f"--plugin=protoc-gen-mypy={scripts / 'protoc-gen-mypy'}",
            f"--python_out={folder}",
            f"--mypy_out=quiet:{folder}",
            *(file.name for file in own),
        )
        _protoc(
            f"--descriptor_set_in={lean}",
            f"--plugin=protoc-gen-mypy_grpc={scripts / 'protoc-gen-mypy_grpc'}",
            f"--grpc_python_out={folder}",
            f"--mypy_grpc_out=quiet,generate_concrete_servicer_stubs:{folder}",
            *(file.name for file in own if file.service),
        )


def _constraints() -> FileDescriptorProto:
    return FileDescriptorProto.FromString(constraints.desc().proto.to_binary())


def _needed(files: Iterable[FileDescriptorProto]) -> list[FileDescriptorProto]:
    return [file for file in files if file.name != constraints.desc().name]


def _lean(file: FileDescriptorProto) -> FileDescriptorProto:
    """Return `file` without the import of the constraints, whose options stay as unknown fields."""
    copy = FileDescriptorProto.FromString(file.SerializeToString())
    copy.dependency[:] = [name for name in file.dependency if name != constraints.desc().name]
    return copy


def _protoc(*arguments: str) -> None:
    if protoc.main(["protoc", *arguments]):
        message = "protoc refused the contract; its message stands above"
        raise SystemExit(message)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
