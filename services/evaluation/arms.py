"""What an arm is, and which there are: each takes a question with those asked before it and tells a text."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from langchain_core.language_models import BaseChatModel

from kg.errors import BencaoError
from reasoning.domain import Domain
from reasoning.evaluation.questions import Case

__all__ = ["ARMS", "OWN", "Arm", "ArmUnavailable", "Peers", "Tell", "Told", "chat", "open_arm"]

OWN: Final = ("graph", "whole", "no_verifier", "no_safety")
ARMS: Final = ("bare", "rag", "text2cypher", "cypher_chain", *OWN)
"""Every arm; `graph` needs no model, `text2cypher` and `cypher_chain` need Neo4j and the extra `peers`."""

_SYSTEM: Final = "Answer the question shortly and precisely in its own language. If you do not know the answer, say so."
_MOST_TOKENS: Final = 320


class ArmUnavailable(BencaoError):
    """An arm cannot run here; the message says what it needs."""

    reason = "ARM_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Told:
    """What an arm told: its text, the outcome as it calls it, plan and facts if it has any, and what it cost."""

    text: str
    outcome: str = ""
    plan: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the Neo4j of the peers is; its database is written to."""

    uri: str = ""
    user: str = "neo4j"
    password: str = ""


Tell: TypeAlias = Callable[[Case, Sequence[Case]], Awaitable[Told]]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm, ready to be asked."""

    name: str
    tell: Tell


@asynccontextmanager
async def open_arm(name: str, domain: Domain, peers: Peers, seconds: float) -> AsyncIterator[Arm]:
    """Open an arm by its name; all but `graph` use the domain's model.

    Args:
        name: one of `ARMS`.
        domain: the graph and the model.
        peers: where Neo4j is.
        seconds: what one answer may take.

    Raises:
        ArmUnavailable: there is no such arm, or no model, package or server for it.
    """
    if name not in ARMS:
        message = f"{name!r} is no arm; the arms are {', '.join(ARMS)}"
        raise ArmUnavailable(message, arm=name)
    if name in OWN:
        from services.evaluation.own import own_arm

        needs_model, tell = name != "graph", own_arm(name, domain, seconds)
    elif name in {"bare", "rag"}:
        from services.evaluation.retrieval import retrieved

        needs_model, tell = True, await retrieved(name, domain, seconds)
    else:
        needs_model, tell = True, None
    if needs_model and domain.model is None:
        message = f"the arm {name} needs a model; run `bencao model pull`, or set BENCAO_MODEL"
        raise ArmUnavailable(message, arm=name)
    if tell is not None:
        yield Arm(name, tell)
        return
    from services.evaluation.cypher import cypher_arm

    async with cypher_arm(name, domain, peers) as peer:
        yield Arm(name, peer)


async def chat(model: BaseChatModel, question: str, earlier: Sequence[Case], seconds: float, given: str = "") -> Told:
    """Ask a model in so many words, with what was asked before and what it is given to read.

    Raises:
        ModelUnavailable: the model does not answer in time.
    """
    from reasoning.llm.calls import Prompt, Spent, write

    before = [f"Asked before: {case.question}" for case in earlier]
    user = "\n".join(part for part in (given, *before, f"Question: {question}", "Answer:") if part)
    text, spent = "", Spent(0, 0)
    async for piece in write(model, Prompt(_SYSTEM, user), max_tokens=_MOST_TOKENS, timeout=seconds):
        if isinstance(piece, Spent):
            spent = piece
        else:
            text += piece
    return Told(text.strip(), model_calls=1, input_tokens=spent.input_tokens, output_tokens=spent.output_tokens)
