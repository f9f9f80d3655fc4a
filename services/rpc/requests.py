"""What requests mean: the domain and language asked for, how fresh the graph has to be, what is known of the person."""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from google.protobuf import struct_pb2

from bencao.v1.answer_service_pb2 import Question as QuestionMessage
from bencao.v1.graph_pb2 import Consistency
from kg.errors import RevisionGone, UnknownDomain
from kg.messages import LANGUAGES
from kg.model import Revision, Scalar
from reasoning.answer import Audience, Question
from reasoning.domain import Domain
from services.rpc.errors import InvalidField

__all__ = [
    "Service",
    "asker_of",
    "check_revision",
    "context_of",
    "domain_of",
    "entity_of",
    "label_languages",
    "language_of",
    "parse_name",
    "question_of",
]

_TOKEN: Final = re.compile(r"r(\d+)-[0-9a-f]{16}")
_CHINESE: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_DEFAULT_HOPS: Final = 3
_AUDIENCE: Final = "audience"  # the key of the context that is about the reader, not the person asked about


class Service(Protocol):
    """The domains to serve; `default` is the id of the one that an empty name means."""

    @property
    def domains(self) -> Mapping[str, Domain]:
        """The domains by id."""
        ...

    @property
    def default(self) -> str:
        """The id of the default domain."""
        ...


def domain_of(service: Service, name: str) -> Domain:
    """Return the domain `domains/{id}`, or the default one for an empty name.

    Raises:
        UnknownDomain: no installed pack has this id.
    """
    domain = name.removeprefix("domains/") or service.default
    try:
        return service.domains[domain]
    except KeyError:
        known = ", ".join(f"domains/{key}" for key in sorted(service.domains))
        message = f"no domain is called domains/{domain}; this server has {known}"
        raise UnknownDomain(message, domain=domain) from None


def language_of(code: str, field: str) -> str:
    """Return the language of a BCP 47 code, `zh` or `en`; empty for an empty one.

    Raises:
        InvalidField: answers cannot be given in this language; `field` is where it was asked for.
    """
    primary = re.split("[-_]", code.lower(), maxsplit=1)[0]
    if primary and primary not in LANGUAGES:
        known = " and ".join(LANGUAGES)
        raise InvalidField({field: f"no answers in {code!r}; the languages are {known}, or leave it empty"})
    return primary


def label_languages(language: str, text: str, domain: Domain) -> tuple[str, ...]:
    """Return the languages for labels, best first: the one asked for, else the text's, then the pack's."""
    own = language or ("zh" if _CHINESE.search(text) else "en" if text else domain.pack.reference_language)
    return tuple(dict.fromkeys((own, domain.pack.reference_language, *domain.pack.languages)))


def entity_of(name: str, domain: Domain, field: str, collection: str = "entities") -> str:
    """Return the id in a resource name of `domain`; whatever has another form is returned as it stands.

    Raises:
        InvalidField: it is a resource name of another domain or collection.
    """
    if not name.startswith("domains/"):
        return name
    found = re.fullmatch(rf"domains/([a-z][a-z0-9-]{{1,62}})/{collection}/([^/]+)", name)
    if not found:
        raise InvalidField({field: f"must be domains/{domain.pack.id}/{collection}/{{id}}"})
    if found[1] != domain.pack.id:
        raise InvalidField({field: f"is of domains/{found[1]}; this call is about domains/{domain.pack.id}"})
    return found[2]


def parse_name(name: str, collection: str) -> tuple[str, str]:
    """Split `domains/{domain}/{collection}/{id}` into the domain and the id.

    Raises:
        InvalidField: the name has another form.
    """
    found = re.fullmatch(rf"domains/([a-z][a-z0-9-]{{1,62}})/{collection}/([^/]+)", name)
    if not found:
        raise InvalidField({"name": f"must be domains/{{domain}}/{collection}/{{id}}"})
    return found[1], found[2]


async def check_revision(consistency: Consistency, domain: Domain) -> str:
    """Return the token of the revision that must be read, or an empty one if any will do.

    Raises:
        RevisionGone: the graph does not hold, or not yet, what is asked for.
    """
    kind = consistency.WhichOneof("requirement")
    if kind not in {"at_least_as_fresh", "at_exact_revision"}:
        return ""
    token = (consistency.at_exact_revision if kind == "at_exact_revision" else consistency.at_least_as_fresh).token
    async with domain.store.snapshot() as snapshot:
        current = snapshot.revision
    if token != current.token and (kind == "at_exact_revision" or not _is_older(token, current)):
        message = "the graph does not hold this revision; ask without one, or with the current one"
        raise RevisionGone(message, oldest_revision=current.token)
    return token if kind == "at_exact_revision" else ""


def question_of(message: QuestionMessage, domain: Domain, revision: str, asker: str = "") -> Question:
    """Return the question that a message of `asker` (see `asker_of`) asks of `domain`, to be read at `revision`.

    Raises:
        InvalidField: the text is blank, the language or the audience unknown, or the context not as the pack
            declares it.
    """
    if not message.text.strip():
        raise InvalidField({"question.text": "is blank; ask something"})
    given = dict(message.context.fields)
    audience = _audience(given.pop(_AUDIENCE, None), f"question.context.{_AUDIENCE}")
    return Question(
        text=message.text,
        language=language_of(message.language_code, "question.language_code"),
        max_hops=message.max_hops or _DEFAULT_HOPS,
        conversation=message.conversation,
        context=context_of(given, domain.pack.context, "question.context"),
        revision=revision,
        audience=audience,
        asker=asker,
    )


def _audience(value: struct_pb2.Value | None, field: str) -> Audience:
    """Return for whom to word the answer; every domain has the same audiences, so no pack declares them."""
    if value is None:
        return Audience.PROFESSIONAL
    try:
        return Audience(value.string_value)
    except ValueError:
        known = " and ".join(Audience)
        raise InvalidField({field: f"no such audience; there are {known}, or leave it out"}) from None


def asker_of(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """Return what tells askers apart: a digest of the credentials that a call carries; empty if it has none.

    This is no authentication. It keeps apart what is remembered for callers with different credentials, whoever
    checks them; callers without any are one asker, told apart by their conversations' random names only.
    """
    held = sorted(str(value) for key, value in metadata if key == "authorization")
    return hashlib.sha256("\0".join(held).encode()).hexdigest() if held else ""


def _is_older(token: str, current: Revision) -> bool:
    found = _TOKEN.fullmatch(token)
    return found is not None and int(found[1]) < current.number


def context_of(
    given: Mapping[str, struct_pb2.Value], declared: Mapping[str, str], path: str
) -> Mapping[str, Scalar | list[str]]:
    """Return what is said of the person; `declared` is key → kind, `path` the field that holds it.

    Raises:
        InvalidField: a key is not declared, or its value of another kind.
    """
    faults: dict[str, str] = {}
    context: dict[str, Scalar | list[str]] = {}
    for key, value in given.items():
        field = f"{path}.{key}"
        kind = declared.get(key)
        match kind, value.WhichOneof("kind"):
            case None, _:
                known = ", ".join(sorted(declared)) or "none"
                faults[field] = f"is not a key of this domain; the keys are: {known}"
            case "boolean", "bool_value":
                context[key] = value.bool_value
            case "number", "number_value" if math.isfinite(value.number_value):
                context[key] = value.number_value
            case "string", "string_value":
                context[key] = value.string_value
            case "strings", "list_value" if all(item.HasField("string_value") for item in value.list_value.values):
                context[key] = [item.string_value for item in value.list_value.values]
            case _:
                faults[field] = f"must be a {'list of strings' if kind == 'strings' else kind}"
    if faults:
        raise InvalidField(faults)
    return context
