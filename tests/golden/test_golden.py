"""Every golden question of both packs, asked end to end without a model, comes to what the pack expects."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from kg.stores.neo4j import Neo4jStore
from reasoning.answer import Answer, Reason, Verdict
from reasoning.domain import Domain
from tests.reasoning.parts import HERBAL, MINERALS, answered
from tests.stores import Neo4jServer

_FEW = frozenset(
    {"lookup-members-zh", "lookup-members-en", "lookup-members-alias-zh", "lookup-book-zh", "lookup-function-en"}
)


def _cases(pack: Path) -> list[Any]:
    cases = yaml.safe_load((pack / "golden.yaml").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=f"{pack.name}-{case['id']}") for case in cases]


def _few_of_each_outcome(pack: Path) -> list[Any]:
    """Some look-ups, and the first case of every outcome."""
    first: dict[str, str] = {}
    for param in _cases(pack):
        first.setdefault(param.values[0]["outcome"], param.values[0]["id"])
    return [param for param in _cases(pack) if param.values[0]["id"] in _FEW | set(first.values())]


def _faults(case: dict[str, Any], answer: Answer, domain: Domain) -> list[str]:
    """Return what is wrong with an answer; all of it at once, so that one run shows the whole difference."""
    pack, facts = domain.pack, answer.evidence.facts
    name = {entity.id: entity.standard(pack.reference_language) for entity in pack.graph.entities}
    stated = {(name[fact.subject], fact.predicate, name[fact.object]) for fact in facts}
    stated |= {(o, p, s) for s, p, o in stated if pack.schema.relations[p].symmetric}
    faults = []
    if answer.outcome.name != case["outcome"]:
        faults.append(f"outcome {answer.outcome.name}, not {case['outcome']}: {answer.text}")
    faults += [f"not cited: {fact}" for fact in case.get("facts", ()) if tuple(fact) not in stated]
    if "entities" in case:
        wanted = set(case["entities"])
        ends = {end for s, _, o in stated for end in (s, o)}
        faults += [f"no cited fact has {missing}" for missing in sorted(wanted - ends)]
        if answer.completeness is None or answer.completeness.total != len(wanted):
            faults.append(f"{answer.completeness}, not {len(wanted)} in all: {answer.text}")
    fired = {finding.rule for finding in answer.findings}
    faults += [f"rule {rule} did not fire" for rule in case.get("findings", ()) if rule not in fired]
    if answer.guard != case.get("guard", answer.guard):
        faults.append(f"guard {answer.guard!r}, not {case['guard']!r}: {answer.text}")
    unsupported = [
        v for v in answer.claims if v.verdict is not Verdict.SUPPORTED and v.reason is not Reason.CONFLICTING_SOURCES
    ]
    if unsupported and case["outcome"] == "ANSWERED":
        faults.append(f"claims that do not hold: {unsupported}")
    return faults


@pytest.mark.parametrize("case", _cases(MINERALS))
async def test_minerals(case: dict[str, Any], minerals: Domain) -> None:
    answer = await answered(case["question"], minerals, case["language"], context=case.get("context"))
    assert _faults(case, answer, minerals) == []


@pytest.mark.parametrize("case", _cases(HERBAL))
async def test_herbal(case: dict[str, Any], herbal: Domain) -> None:
    answer = await answered(case["question"], herbal, case["language"], context=case.get("context"))
    assert _faults(case, answer, herbal) == []


@dataclass(frozen=True)
class _Held:
    """A pack's graph in Neo4j, under a name of its own."""

    domain: Domain
    server: Neo4jServer
    name: str

    @classmethod
    def load(cls, domain: Domain, server: Neo4jServer) -> "_Held":
        held = cls(domain, server, f"test-{secrets.token_hex(6)}")

        async def load() -> None:
            async with held.opened() as store:
                await store.load(replace(domain.pack.graph, domain=held.name))

        asyncio.run(load())
        return held

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Neo4jStore]:
        """A driver belongs to the event loop that opened it, and every test has its own."""
        at = self.server
        store = Neo4jStore(at.uri, at.user, at.password, "neo4j", self.domain.pack.schema, self.name)
        try:
            yield store
        finally:
            await store.close()

    async def faults(self, case: dict[str, Any]) -> list[str]:
        async with self.opened() as store:
            domain, context = replace(self.domain, store=store), case.get("context")
            answer = await answered(case["question"], domain, case["language"], context=context)
        return _faults(case, answer, self.domain)


@pytest.fixture(scope="session")
def minerals_in_neo4j(minerals: Domain, neo4j_server: Neo4jServer) -> _Held:
    return _Held.load(minerals, neo4j_server)


@pytest.fixture(scope="session")
def herbal_in_neo4j(herbal: Domain, neo4j_server: Neo4jServer) -> _Held:
    return _Held.load(herbal, neo4j_server)


@pytest.mark.parametrize("case", _cases(MINERALS))
async def test_minerals_in_neo4j(case: dict[str, Any], minerals_in_neo4j: _Held) -> None:
    assert await minerals_in_neo4j.faults(case) == []


@pytest.mark.parametrize("case", _few_of_each_outcome(HERBAL))
async def test_herbal_in_neo4j(case: dict[str, Any], herbal_in_neo4j: _Held) -> None:
    assert await herbal_in_neo4j.faults(case) == []
