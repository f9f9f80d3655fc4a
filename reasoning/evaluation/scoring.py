"""Scores a final text against gold, for every arm alike: what was told, what of it no fact joins, what is left out.

A sentence is unsupported if it names two things, none of which it denies, or a thing and an amount, and no current
fact joins them; a thing counts as joined through another of the same sentence or through what the question names.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kg.model import Fact, Status
from kg.pack.content import Pack
from kg.rules import parse_rules
from reasoning.evaluation.questions import Case, Gold
from reasoning.evaluation.told import Amount, Names, Sentence, first_word, fold, has_word, numbers

__all__ = ["Score", "Scorer"]

_LEADING = 1  # characters in which a text that begins with yes or no says so
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Score:
    """How right one text is.

    Attributes:
        exact: it tells what the gold is, all of it and nothing else of its type.
        abstained: it tells nothing and says so, asks back or refers elsewhere.
        wrong: it tells something that the gold is not, or answers what must not be answered.
        hallucinated: it is wrong, or has a sentence that no fact supports.
        true_positives, told, gold: sizes of the sets, for precision and recall over entities.
        unsupported: the sentences that no fact supports.
        sentences: how many sentences there are.
        omitted: ids of the rules whose warning is missing.
    """

    exact: bool
    abstained: bool
    wrong: bool
    hallucinated: bool
    true_positives: int = 0
    told: int = 0
    gold: int = 0
    unsupported: tuple[str, ...] = ()
    sentences: int = 0
    omitted: tuple[str, ...] = ()


class Scorer:
    """Reads texts by the names of one pack and compares them with its current facts."""

    def __init__(self, pack: Pack) -> None:
        """Sort names and facts."""
        units = {str(f.qualifiers["unit"]) for f in pack.graph.facts if "unit" in f.qualifiers}
        self.names = Names(pack.graph.entities, units, [source.title for source in pack.graph.sources])
        self.types = {entity.id: entity.type for entity in pack.graph.entities}
        self.rules = {rule.id: rule for rule in parse_rules(pack.rules, pack.schema)}
        self._quoted: dict[str, frozenset[str]] = {}
        self._joined: dict[str, set[str]] = defaultdict(set)
        self._facts: dict[str, list[Fact]] = defaultdict(list)
        for fact in pack.graph.facts:
            if fact.status is not Status.RETRACTED:
                for one, other in ((fact.subject, fact.object), (fact.object, fact.subject)):
                    self._joined[one].add(other)
                    self._facts[one].append(fact)
                    for word in map(str, fact.qualifiers.values()):
                        self._joined[one] |= self._within(word)

    def _within(self, words: str) -> frozenset[str]:
        """Return what the words of a qualifier name: a fact says it of its ends."""
        if words not in self._quoted:
            named = (ids for *_, ids in self.names.mentions(fold(words)))
            self._quoted[words] = frozenset[str]().union(*named)
        return self._quoted[words]

    def score(self, case: Case, text: str) -> Score:
        """Score the text that was told to the question of a case."""
        asked = [ids for *_, ids in self.names.mentions(fold(case.question))]
        sentences = self.names.read(text)
        unsupported = tuple(each.text for each in sentences if not self._is_supported(each, asked))
        told = self._told(case.gold, sentences, asked)
        gold = _gold_set(case.gold)
        exact = bool(text.strip()) and self._is_exact(case.gold, case, sentences, told, unsupported)
        refrains = not text.strip() or any(has_word(fold(text), key) for key in ("abstain", "ask_back"))
        if case.is_refused:
            refrains = exact
            wrong = not exact and bool(text.strip())
        else:
            refrains = refrains and not exact and not (told & gold)
            wrong = not exact and not refrains and (not told < gold or not told)
        omitted = tuple(rule for rule in case.must_mention if not self._mentions(rule, case, sentences, asked))
        return Score(
            exact, refrains, wrong, wrong or bool(unsupported), len(told & gold), len(told), len(gold), unsupported,
            len(sentences), omitted,
        )  # fmt: skip

    def _told(self, gold: Gold, sentences: Sequence[Sentence], asked: Sequence[frozenset[str]]) -> set[str]:
        """Return what a text tells of the types that count; a name of several things is the one that is gold."""
        wanted, types = _gold_set(gold), _gold_types(gold)
        in_question = frozenset[str]().union(*asked)
        found: set[str] = set()
        for sentence in sentences:
            is_aside = has_word(sentence.text, "aside") or has_word(sentence.text, "unclaimed")
            for ids in sentence.named:
                if ids & wanted:
                    found |= ids & wanted if ids not in sentence.denied else set()
                elif not (is_aside or ids in sentence.denied or ids & in_question):
                    found |= set(sorted(i for i in ids if self.types[i] in types)[:1])
        return found

    def _is_exact(
        self, gold: Gold, case: Case, sentences: Sequence[Sentence], told: set[str], unsupported: Sequence[str]
    ) -> bool:
        whole = "\n".join(each.text for each in sentences)
        if gold.form == "entities":
            return told == gold.entities if gold.entities else not told and has_word(whole, "deny")
        if gold.form == "parts":
            others = [part for part in gold.parts if part.form != "entities"]
            is_whole = told == _gold_set(gold)
            return is_whole and all(self._is_exact(p, case, sentences, told, unsupported) for p in others)
        if gold.form == "guard":
            return has_word(whole, "refer") and not unsupported
        if gold.form == "abstain":
            return has_word(whole, "abstain") and not unsupported
        return self._is_said(gold, case, sentences)

    def _is_said(self, gold: Gold, case: Case, sentences: Sequence[Sentence]) -> bool:
        """Say whether sentences tell a value, or ask or correct as the gold does."""
        if gold.form == "yes":
            return self._is_polar(gold, case, sentences)
        if gold.form == "number":
            counted = next((found for each in sentences if (found := numbers(each.text))), [])
            return any(abs(each - gold.number) < _CLOSE for each in counted)
        if gold.form == "amounts":
            said = [amount for each in sentences for amount in each.amounts]
            return all(self._is_told(amount, said) for amount in gold.amounts)
        if gold.form == "refute":
            return all(self._is_denied(triple, sentences) for triple in gold.refute)
        named = {i for each in sentences for ids in each.named for i in ids}
        asks = any(has_word(each.text, "ask_back") or "?" in each.text for each in sentences)
        return asks and len(named & gold.entities) >= min(2, len(gold.entities))

    def _is_polar(self, gold: Gold, case: Case, sentences: Sequence[Sentence]) -> bool:
        """Say whether yes or no is said, in so many words or by the facts that decide."""
        if not sentences:
            return False
        first = sentences[0].text
        yes, no = first_word(first, "yes"), first_word(first, "no")
        if min(yes if yes is not None else len(first), no if no is not None else len(first)) <= _LEADING and yes != no:
            return (no is None or (yes is not None and yes < no)) == gold.yes
        about = [[e for e in sentences if _names(e, s) and _names(e, o)] for s, _, o in case.facts]
        if about and all(about):
            return not any(map(_denies if gold.yes else _allows, (each for found in about for each in found)))
        asked = {ids for *_, ids in self.names.mentions(fold(case.question))}
        if gold.yes and len(asked) >= 2:  # noqa: PLR2004  what is asked to be so of two is said of them
            return any(asked <= {*each.named} - {*each.denied} for each in sentences)
        return not gold.yes and any(has_word(each.text, key) for each in sentences for key in ("no", "abstain"))

    def _is_told(self, amount: str, said: Sequence[Amount]) -> bool:
        (wanted,) = self.names.amounts(fold(amount).replace("..", "-")) or (None,)
        return wanted is not None and any(_is_same(wanted, each) for each in said)

    def _is_denied(self, triple: tuple[str, str, str], sentences: Sequence[Sentence]) -> bool:
        subject, predicate, obj = triple
        about = [each for each in sentences if _names(each, obj)]
        if any(obj in ids for each in sentences for ids in each.denied):
            return True
        true = {fact.object for fact in self._facts[subject] if fact.predicate == predicate and fact.subject == subject}
        corrected = any(_names(each, other) for each in sentences for other in true)
        said = any(has_word(each.text, "deny") for each in sentences)
        return (corrected and not about) or (said and (corrected or any(has_word(e.text, "deny") for e in about)))

    def _is_supported(self, sentence: Sentence, asked: Sequence[frozenset[str]]) -> bool:
        if "?" in sentence.text or has_word(sentence.text, "unclaimed"):  # states nothing
            return True
        stated = [ids for ids in dict.fromkeys(sentence.named) if ids not in sentence.denied]
        if len(stated) >= 2:  # noqa: PLR2004  a statement joins two
            for ids in stated:
                others = frozenset[str]().union(*(each for each in (*stated, *asked) if each != ids))
                if not any(self._joined[each] & others for each in ids):
                    return False
        if sentence.amounts and stated:
            facts = [f for ids in (*stated, *asked) for i in ids for f in self._facts[i]]
            return all(any(_fits(amount, fact) for fact in facts) for amount in sentence.amounts)
        return True

    def _mentions(self, rule: str, case: Case, sentences: Sequence[Sentence], asked: Sequence[frozenset[str]]) -> bool:
        relation = self.rules[rule].relation
        about = {i for ids in asked for i in ids} | _gold_set(case.gold)
        warned = {o for i in about for f in self._facts[i] if f.predicate == relation for o in (f.subject, f.object)}
        warned -= about
        return any(has_word(each.text, "warn") or any(_names(each, other) for other in warned) for each in sentences)


def _gold_set(gold: Gold) -> frozenset[str]:
    own = gold.entities if gold.form == "entities" else frozenset[str]()
    return own.union(*(_gold_set(part) for part in gold.parts))


def _gold_types(gold: Gold) -> frozenset[str]:
    own = gold.types if gold.form == "entities" else frozenset[str]()
    return own.union(*(_gold_types(part) for part in gold.parts))


def _names(sentence: Sentence, identity: str) -> bool:
    return any(identity in ids for ids in sentence.named)


def _denies(sentence: Sentence) -> bool:
    return bool(sentence.denied)


def _allows(sentence: Sentence) -> bool:
    return has_word(sentence.text, "yes") and not has_word(sentence.text, "no")


def _is_same(one: Amount, other: Amount) -> bool:
    return one.unit == other.unit and abs(one.low - other.low) < _CLOSE and abs(one.high - other.high) < _CLOSE


def _fits(amount: Amount, fact: Fact) -> bool:
    """Say whether an amount is that of a fact, or one of its ends."""
    if fact.qualifiers.get("unit") != amount.unit:
        return False
    ends = {float(e) for key in ("low", "high") if isinstance(e := fact.qualifiers.get(key), int | float)}
    return all(any(abs(end - each) < _CLOSE for each in ends) for end in (amount.low, amount.high))
