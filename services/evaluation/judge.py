"""An optional second opinion: a model says whether an answer is right; the report shows how far it agrees."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from langchain_core.language_models import BaseChatModel

from reasoning.domain import Domain
from reasoning.evaluation.questions import Case
from reasoning.llm.calls import Prompt, choose
from reasoning.llm.errors import ModelUnavailable
from reasoning.llm.open import close_model, open_model
from services.evaluation.page import told_gold
from services.evaluation.run import Judge
from services.settings import Settings

__all__ = ["open_judge"]

_SYSTEM: Final = "You grade answers. Compare the answer with the right one. Reply with one letter."
_LONGEST: Final = 2000


@asynccontextmanager
async def open_judge(name: str, domain: Domain, settings: Settings) -> AsyncIterator[Judge | None]:
    """Open the judge of that name; None for an empty one.

    Raises:
        ModelUnavailable: the model cannot be opened.
    """
    if not name:
        yield None
        return
    model = await asyncio.to_thread(
        open_model, name, base_url=settings.model_base_url or None, api_key=settings.model_api_key
    )
    pack = domain.pack
    names = {entity.id: entity.label(pack.reference_language) for entity in pack.graph.entities}

    async def judge(case: Case, text: str) -> bool | None:
        try:
            return await _judged(model, case, text, told_gold(case.gold, names), settings.model_timeout)
        except ModelUnavailable:
            return None  # counts for nothing

    try:
        yield judge
    finally:
        await asyncio.to_thread(close_model, model)


async def _judged(model: BaseChatModel, case: Case, text: str, gold: str, seconds: float) -> bool | None:
    asked = f"Question: {case.question}\nRight: {gold}\nAnswer: {text[:_LONGEST]}\nA: correct\nB: wrong\nLetter:"
    choice = await choose(model, Prompt(_SYSTEM, asked), 2, timeout=seconds)
    return None if choice.index is None else choice.index == 0
