"""One domain at work: its pack, its store, its name index and, if there is one, the model."""

from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from kg.linking.index import NameIndex
from kg.pack.content import Pack
from kg.store import GraphStore

__all__ = ["Domain"]


@dataclass(frozen=True, slots=True)
class Domain:
    """Everything that answering in one domain needs. The store and the model belong to whoever opened them."""

    pack: Pack
    store: GraphStore
    index: NameIndex
    model: BaseChatModel | None = None
    model_name: str = ""
