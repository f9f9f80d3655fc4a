"""The usual stacks of graph and model: Text2Cypher of neo4j-graphrag and LangChain's GraphCypherQAChain.

Both ask a real Neo4j that holds the pack's current facts as a plain property graph: one label a type, one
relationship type a relation, names and qualifiers as properties. That database is emptied first.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from langchain_core.language_models import BaseChatModel

from kg.model import NameKind, Status
from kg.pack.content import Pack
from reasoning.domain import Domain
from reasoning.evaluation.questions import Case
from services.evaluation.arms import ArmUnavailable, Peers, Tell, Told

__all__ = ["cypher_arm", "load_plain"]

_ROWS: Final = 1000
_MOST_TOKENS: Final = 320
_SECONDS: Final = 10.0  # of one query


@asynccontextmanager
async def cypher_arm(name: str, domain: Domain, peers: Peers) -> AsyncIterator[Tell]:
    """Load the graph into Neo4j and open one of the peers over it.

    Raises:
        ArmUnavailable: the extra `peers` is not installed, or the server does not answer.
    """
    if not peers.uri:
        message = f"the arm {name} needs a Neo4j that it may fill anew; name it with `--peers-uri`"
        raise ArmUnavailable(message, arm=name)
    try:
        from langchain_neo4j import Neo4jGraph
    except ImportError as error:
        message = f"the arm {name} needs the extra `peers`: pip install 'bencao[peers]' ({error})"
        raise ArmUnavailable(message, arm=name) from error
    try:
        graph = await asyncio.to_thread(
            Neo4jGraph, peers.uri, peers.user, peers.password, timeout=_SECONDS, refresh_schema=False, sanitize=True
        )
    except Exception as error:  # the driver's own, one for each way of not being reached
        message = f"the arm {name} needs Neo4j at {peers.uri}: {str(error)[:200]}; see `--peers-uri`"
        raise ArmUnavailable(message, arm=name) from error
    try:
        await asyncio.to_thread(load_plain, domain.pack, graph)
        run = _chain(domain, graph) if name == "cypher_chain" else _text2cypher(domain, graph, peers)

        async def tell(case: Case, earlier: Sequence[Case]) -> Told:
            asked = "\n".join((*(f"Asked before: {each.question}" for each in earlier), case.question))
            return await asyncio.to_thread(run, asked)

        yield tell
    finally:
        await asyncio.to_thread(graph.close)


def load_plain(pack: Pack, graph: Any) -> None:  # noqa: ANN401  a `Neo4jGraph`, which is an extra
    """Replace what Neo4j holds by the current facts of a pack."""
    graph.query("MATCH (n) DETACH DELETE n")
    nodes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entity in pack.graph.entities:
        names = [name.text for name in entity.names if name.kind is not NameKind.STANDARD]
        own = {f"name_{language}": found for language in pack.languages if (found := entity.standard(language))}
        name = entity.label(pack.reference_language)
        nodes[entity.type].append({"id": entity.id, "name": name, "aliases": names, **own, **entity.properties})
    for kind, rows in nodes.items():
        graph.query(f"CREATE INDEX IF NOT EXISTS FOR (n:`{kind}`) ON (n.id)")
        graph.query(f"UNWIND $rows AS row CREATE (n:`{kind}`:Entity) SET n = row", {"rows": rows})
    graph.query("CREATE INDEX IF NOT EXISTS FOR (n:Entity) ON (n.id)")
    graph.query("CALL db.awaitIndexes()")
    edges: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in pack.graph.facts:
        if fact.status in {Status.ASSERTED, Status.DISPUTED}:
            edges[fact.predicate].append({"s": fact.subject, "o": fact.object, "q": dict(fact.qualifiers)})
    for relation, rows in edges.items():
        for start in range(0, len(rows), _ROWS):
            query = (
                "UNWIND $rows AS row MATCH (s:Entity {id: row.s}) MATCH (o:Entity {id: row.o}) "
                f"CREATE (s)-[r:`{relation}`]->(o) SET r = row.q"
            )
            graph.query(query, {"rows": rows[start : start + _ROWS]})
    graph.query("MATCH (n:Entity) REMOVE n:Entity")
    _tell_schema(pack, graph)


def _tell_schema(pack: Pack, graph: Any) -> None:  # noqa: ANN401  as above
    """Give the peers the schema in the form that they read out of servers with APOC, which few have."""
    ends: dict[str, set[tuple[str, str]]] = defaultdict(set)
    types = {entity.id: entity.type for entity in pack.graph.entities}
    for fact in pack.graph.facts:
        ends[fact.predicate].add((types[fact.subject], types[fact.object]))
    names = ["id", "name", *(f"name_{language}" for language in pack.languages)]
    nodes = {kind: [{"property": name, "type": "STRING"} for name in names] for kind in set(types.values())}
    links = {
        relation: [{"property": name, "type": "STRING"} for name in pack.schema.relations[relation].qualifiers]
        for relation in ends
    }
    joins = [{"start": s, "type": r, "end": o} for r, found in sorted(ends.items()) for s, o in sorted(found)]
    graph.structured_schema = {"node_props": nodes, "rel_props": links, "relationships": joins, "metadata": {}}
    graph.schema = "\n".join((
        "Node properties:", *(f"{kind} {{{', '.join(names)}}}" for kind in sorted(nodes)), "The relationships:",
        *(f"(:{each['start']})-[:{each['type']}]->(:{each['end']})" for each in joins),
    ))  # fmt: skip


def _chain(domain: Domain, graph: Any) -> Any:  # noqa: ANN401  as above
    from langchain_core.callbacks import UsageMetadataCallbackHandler
    from langchain_neo4j import GraphCypherQAChain

    chain = GraphCypherQAChain.from_llm(
        llm=domain.model,
        graph=graph,
        allow_dangerous_requests=True,
        validate_cypher=True,
        return_intermediate_steps=True,
    )

    def run(question: str) -> Told:
        usage = UsageMetadataCallbackHandler()
        try:
            found = chain.invoke({"query": question}, config={"callbacks": [usage]})
        except Exception as error:  # noqa: BLE001  a query that the server refuses is how this arm fails
            return Told("", outcome=f"failed: {type(error).__name__}: {str(error)[:200]}", model_calls=1)
        steps = tuple(str(step.get("query", ""))[:2000] for step in found.get("intermediate_steps", ()))
        read = sum(each["input_tokens"] for each in usage.usage_metadata.values())
        written = sum(each["output_tokens"] for each in usage.usage_metadata.values())
        return Told(str(found["result"]), plan=steps[:1], model_calls=2, input_tokens=read, output_tokens=written)

    return run


def _text2cypher(domain: Domain, graph: Any, peers: Peers) -> Any:  # noqa: ANN401  as above
    from neo4j import GraphDatabase
    from neo4j_graphrag.generation import GraphRAG
    from neo4j_graphrag.llm import LLMInterface, LLMResponse
    from neo4j_graphrag.retrievers import Text2CypherRetriever

    spent = [0, 0, 0]
    if domain.model is None:
        message = "the arm text2cypher needs a model; run `bencao model pull`, or set BENCAO_MODEL"
        raise ArmUnavailable(message, arm="text2cypher")
    model: BaseChatModel = domain.model

    class Bridge(LLMInterface):  # type: ignore[misc]  # an extra, without types where it is not installed
        """The same model, as this package wants it."""

        def invoke(self, text: str, *_: object, system_instruction: str | None = None, **__: object) -> Any:  # noqa: ANN401
            prompt = f"{system_instruction}\n{text}" if system_instruction else text
            reply = model.invoke(prompt, max_tokens=_MOST_TOKENS)
            usage = reply.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
            for position, more in enumerate((1, usage["input_tokens"], usage["output_tokens"])):
                spent[position] += more
            return LLMResponse(content=str(reply.text))

        async def ainvoke(self, text: str, *rest: object, **more: Any) -> Any:  # noqa: ANN401
            return await asyncio.to_thread(self.invoke, text, *rest, **more)

    llm = Bridge("local")
    driver = GraphDatabase.driver(peers.uri, auth=(peers.user, peers.password))
    rag = GraphRAG(Text2CypherRetriever(driver, llm, neo4j_schema=graph.schema), llm)

    def run(question: str) -> Told:
        spent[:] = [0, 0, 0]
        try:
            found = rag.search(question, return_context=True)
        except Exception as error:  # noqa: BLE001  a query that the server refuses is how this arm fails
            failed = f"failed: {type(error).__name__}: {str(error)[:200]}"
            return Told("", failed, (), (), *spent)
        metadata = getattr(found.retriever_result, "metadata", None) or {}
        return Told(found.answer, "", (str(metadata.get("cypher", ""))[:2000],), (), *spent)

    return run
