"""The bare model, and the model with retrieved text: sentences of the graph found by words and by likeness.

No package on PyPI ships weights of sentence embeddings for Chinese and English inside its wheel that we know of, and
nothing is fetched while measuring: beside BM25 stands the likeness of TF-IDF vectors of n-grams of characters, which
serves both languages. The two rankings are joined by reciprocal rank.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from kg.model import Fact, Status
from reasoning.domain import Domain
from reasoning.evaluation.questions import Case
from reasoning.phrasing import Naming, Phrasing
from services.evaluation.arms import ArmUnavailable, Tell, Told, chat

__all__ = ["Found", "retrieved"]

_SENTENCES: Final = 12  # pasted for one question
_DAMPING: Final = 60  # of reciprocal ranks, as in the paper that introduced them


class Found:
    """The sentences of a graph, to be searched."""

    def __init__(self, sentences: Sequence[str]) -> None:
        """Index the sentences.

        Raises:
            ArmUnavailable: rank-bm25 or scikit-learn is not installed.
        """
        try:
            from rank_bm25 import BM25Okapi
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError as error:
            message = f"the arm rag needs the extra `peers`: pip install 'bencao[peers]' ({error})"
            raise ArmUnavailable(message, arm="rag") from error
        self.sentences = tuple(sentences)
        self._words: Any = BM25Okapi([_tokens(each) for each in sentences])
        self._likeness: Any = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True)
        self._vectors: Any = self._likeness.fit_transform(sentences)

    def search(self, text: str, most: int = _SENTENCES) -> list[str]:
        """Return the sentences nearest to a text, best first."""
        by_words = self._words.get_scores(_tokens(text))
        by_likeness = (self._vectors @ self._likeness.transform([text]).T).toarray().ravel()
        scores = [0.0] * len(self.sentences)
        for ranking in (by_words, by_likeness):
            for rank, position in enumerate((-ranking).argsort(kind="stable")):
                scores[position] += 1 / (_DAMPING + rank)
        best = sorted(range(len(scores)), key=lambda position: -scores[position])[:most]
        return [self.sentences[position] for position in best]


async def retrieved(name: str, domain: Domain, seconds: float) -> Tell:
    """Return the arm `bare` or `rag`."""
    found = await asyncio.to_thread(_index, domain) if name == "rag" else None

    async def tell(case: Case, earlier: Sequence[Case]) -> Told:
        if domain.model is None:
            message = f"the arm {name} needs a model; run `bencao model pull`, or set BENCAO_MODEL"
            raise ArmUnavailable(message, arm=name)
        if found is None:
            return await chat(domain.model, case.question, earlier, seconds)
        asked = " ".join((*(each.question for each in earlier), case.question))
        lines = await asyncio.to_thread(found.search, asked)
        return await chat(domain.model, case.question, earlier, seconds, "\n".join(("Use this text only:", *lines)))

    return tell


def _index(domain: Domain) -> Found:
    """Say every current fact in every language of the pack and index the sentences."""
    pack = domain.pack
    entities = {entity.id: entity for entity in pack.graph.entities}
    current = [fact for fact in pack.graph.facts if fact.status in {Status.ASSERTED, Status.DISPUTED}]
    sentences: dict[str, Fact] = {}
    for language in pack.languages:
        phrasing, naming = Phrasing(pack, language), Naming(pack, language, entities)
        for fact in current:
            sentences[phrasing.statement(fact, naming.short)] = fact
    return Found(list(sentences))


def _tokens(text: str) -> list[str]:
    import jieba

    return [token for token in jieba.lcut(text.casefold()) if token.strip()]
