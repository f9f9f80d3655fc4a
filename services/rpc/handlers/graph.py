"""GraphService: what a domain holds, found by name."""

import asyncio
from collections.abc import Iterable
from typing import Any, TypeAlias

import grpc

from bencao.v1 import graph_service_pb2 as messages
from bencao.v1.graph_service_pb2_grpc import GraphServiceServicer
from kg.errors import NotFound
from kg.linking.search import Hit, search
from kg.model import Entity
from kg.query import read
from kg.schema import EntityType, Relation
from reasoning.domain import Domain
from services.rpc.convert import Wording, entity_message, revision_message
from services.rpc.errors import InvalidField
from services.rpc.pages import page_bounds, page_token
from services.rpc.requests import Service, domain_of, label_languages, language_of, parse_name

__all__ = ["GraphHandlers"]

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class GraphHandlers(GraphServiceServicer):
    """Reads the graphs of `service`; every call reads one snapshot."""

    def __init__(self, service: Service) -> None:
        """Serve the domains of `service`."""
        self._service = service

    async def GetDomain(self, request: messages.GetDomainRequest, context: Context) -> messages.GetDomainResponse:  # noqa: N802 - the stubs' base is for both kinds of server; the name is the contract's
        """Return a domain with its schema, counts, revision and digest."""
        del context
        domain = domain_of(self._service, request.name)
        pack = domain.pack
        async with domain.store.snapshot() as snapshot:
            entities = await read.type_counts(snapshot)
            facts = await read.fact_counts(snapshot, pack.schema)
            revision = snapshot.revision
        found = messages.Domain(
            name=f"domains/{pack.id}",
            display_name=" / ".join(pack.title[language] for language in pack.languages),
            version=pack.version,
            entity_types=[_entity_type(kind, entities.get(kind.id, 0)) for kind in pack.schema.types.values()],
            relation_types=[_relation_type(kind, facts.get(kind.id, 0)) for kind in pack.schema.relations.values()],
            revision=revision_message(revision),
            content_digest=f"sha256:{revision.digest}",
            is_default=pack.id == self._service.default,
        )
        return messages.GetDomainResponse(domain=found)

    async def SearchEntities(  # noqa: N802 - as above
        self, request: messages.SearchEntitiesRequest, context: Context
    ) -> messages.SearchEntitiesResponse:
        """Return one page of the entities that a typed text may mean, best first."""
        del context
        domain = domain_of(self._service, request.parent)
        language = language_of(request.language_code, "language_code")
        _check_types(request.types, domain)
        listing = (request.parent, request.query, *sorted(request.types))
        async with domain.store.snapshot() as snapshot:
            start, end = page_bounds(request.page_token, request.page_size, listing, snapshot.revision)
            # Of names on disk it may read a good part.
            hits = await asyncio.to_thread(search, request.query, domain.index, tuple(request.types), limit=end + 1)
            found = await read.entities(snapshot, [hit.entity for hit in hits[start:end]])
            more = page_token(listing, snapshot.revision, end) if len(hits) > end else ""
        return messages.SearchEntitiesResponse(
            hits=[
                _hit_message(hit, found[hit.entity], domain, language) for hit in hits[start:end] if hit.entity in found
            ],
            next_page_token=more,
        )

    async def GetEntity(self, request: messages.GetEntityRequest, context: Context) -> messages.GetEntityResponse:  # noqa: N802 - as above
        """Return one entity and how many facts of each relation touch it."""
        del context
        domain_id, entity_id = parse_name(request.name, "entities")
        domain = domain_of(self._service, domain_id)
        async with domain.store.snapshot() as snapshot:
            entity = (await read.entities(snapshot, [entity_id])).get(entity_id)
            if entity is None:
                message = f"nothing is called {request.name}; find names with SearchEntities"
                raise NotFound(message, name=request.name)
            counts = await read.relation_counts(snapshot, domain.pack.schema, entity_id)
        wording = Wording(domain.pack.id, label_languages("", "", domain), {})
        return messages.GetEntityResponse(entity=entity_message(entity, wording), relation_counts=counts)


def _hit_message(hit: Hit, entity: Entity, domain: Domain, language: str) -> messages.EntityHit:
    """Return a hit labelled in `language`, else in the language of the name that matched."""
    matched = next((name.language for name in entity.names if name.text == hit.label), "").partition("-")[0]
    own = language or (matched if matched in domain.pack.languages else "")
    wording = Wording(domain.pack.id, label_languages(own, "", domain), {})
    return messages.EntityHit(entity=entity_message(entity, wording), score=hit.score, matched_label=hit.label)


def _entity_type(kind: EntityType, count: int) -> messages.EntityType:
    return messages.EntityType(type=kind.id, description=" / ".join(kind.label.values()), entity_count=count)


def _relation_type(kind: Relation, count: int) -> messages.RelationType:
    return messages.RelationType(
        predicate=kind.id,
        subject_type=kind.subjects[0],
        object_type=kind.objects[0],
        subject_types=kind.subjects,
        object_types=kind.objects,
        description=" / ".join(kind.label.values()),
        fact_count=count,
    )


def _check_types(types: Iterable[str], domain: Domain) -> None:
    known = domain.pack.schema.types
    faults = {
        f"types[{place}]": f"no entity type is called {name!r}; the types are: {', '.join(known)}"
        for place, name in enumerate(types)
        if name not in known
    }
    if faults:
        raise InvalidField(faults)
