"""One domain at work: its pack, its store, its name index and, if there is one, the model."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from kg.amounts import parse_units
from kg.linking.index import NameIndex
from kg.linking.reading import read_index
from kg.model import Revision, Source
from kg.pack.content import Pack
from kg.query.read import sources as read_sources
from kg.rules import Rule, parse_rules
from kg.store import GraphStore
from reasoning.claims.phrases import parse_statements
from reasoning.claims.phrases import warm_up as warm_up_statements
from reasoning.claims.statements import Statements
from reasoning.guards import Guards, parse_guards
from reasoning.leftovers import warm_up
from reasoning.lexicon import Lexicon, parse_lexicon
from reasoning.obligations import Obligation, parse_obligations
from reasoning.planning.paths import Moves, moves_of
from reasoning.safety import Setting, open_setting

__all__ = ["Domain", "open_domain"]


@dataclass(frozen=True, slots=True)
class Domain:
    """Everything that answering in one domain needs. The store and the model belong to whoever opened them.

    `index` and `sources` are what the store held at `revision`; `row_limit` is how many rows one query may return.
    """

    pack: Pack
    store: GraphStore
    index: NameIndex
    lexicon: Lexicon
    rules: tuple[Rule, ...]
    moves: Moves
    sources: Mapping[str, Source]
    revision: Revision
    safety: Setting
    model: BaseChatModel | None = None
    model_name: str = ""
    row_limit: int = 5000
    statements: Statements = field(default_factory=Statements)
    guards: Guards = field(default_factory=Guards)
    obligations: tuple[Obligation, ...] = ()


async def open_domain(  # noqa: PLR0913  (what answers are made with)
    pack: Pack,
    store: GraphStore,
    *,
    model: BaseChatModel | None = None,
    model_name: str = "",
    row_limit: int = 5000,
    names: Path | None = None,
) -> Domain:
    """Index the names that the store holds and parse the pack's lexicon, rules and statements.

    `names` is a folder for the names of graphs that have too many of them for memory; without it they are all there.

    Raises:
        PackInvalid: the lexicon, the rules or the statements do not fit the schema.
        GraphUnavailable: the store does not answer.
    """
    lexicon, rules = parse_lexicon(pack.lexicon, pack.schema), parse_rules(pack.rules, pack.schema)
    async with store.snapshot() as snapshot:
        index = await read_index(snapshot, [entity.id for entity in pack.graph.entities], names, pack.id)
        sources, revision = await read_sources(snapshot), snapshot.revision
    await asyncio.to_thread(warm_up)
    units = parse_units(pack.units)
    guards = parse_guards(pack.guards, units)
    obligations = parse_obligations(pack.obligations, pack.schema, [rule.id for rule in rules])
    statements = await asyncio.to_thread(parse_statements, pack.statements, pack.schema, pack.graph.entities, units)
    await asyncio.to_thread(warm_up_statements, statements)
    return Domain(
        pack, store, index, lexicon, rules, moves_of(pack.schema), sources, revision,
        open_setting(pack, rules, index, sources), model, model_name, row_limit, statements, guards, obligations,
    )  # fmt: skip
