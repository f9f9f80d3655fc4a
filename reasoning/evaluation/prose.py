"""Annotated sentences: what each states, and what the graph should say of it; and how the verifier compares.

`annotated/*.yaml` of a pack is a list of sentences. A claim is written in one line, its parts between bars:
`subject | RELATION | object`, then in any order `not`, an amount (`3..15 g adult_daily`, `..15 g`, `30.. g`, `30 g`)
and qualifiers (`level=forbidden`, `quantifier=none`). Ends are standard names in the pack's reference language.
What the words may as well be read as stands behind it, after `||` each.

A claim is found if one with the same ends (either way round), relation, polarity, quantifier and amount was
extracted; other qualifiers decide verdicts only. What is extracted from a sentence whose annotation gives its verdict
and no claims counts for nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kg.errors import PackInvalid
from kg.pack.content import Pack
from kg.pack.documents import read_yaml
from kg.pack.faults import Faults
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict, Quantity, Verdict
from reasoning.claims import SentenceKind, verify_text
from reasoning.domain import Domain
from reasoning.evaluation.intervals import is_same_amount

__all__ = ["Annotated", "Prose", "measure_prose", "read_annotated"]

_AMOUNT: Final = re.compile(
    r"(?P<low>\d+(?:\.\d+)?)?(?P<to>\.\.)?(?P<high>\d+(?:\.\d+)?)?\s+(?P<unit>\S+)(?:\s+(?P<basis>\w+))?"
)
_KEYS: Final = frozenset({"text", "style", "claims", "verdict", "kind"})
_KINDS: Final = ("factual", "non_factual", "not_checkable")


@dataclass(frozen=True, slots=True)
class Annotated:
    """One sentence: the claims that it states, and the worst verdict that they deserve; None if it states nothing.

    Each claim comes in every form that the words may be read in, the plainest first.
    """

    text: str
    claims: tuple[tuple[Claim, ...], ...]
    verdict: Verdict | None
    kind: str = "factual"
    style: str = "plain"
    place: str = ""


@dataclass(slots=True)
class Prose:
    """What was found: claims annotated, extracted, and both; sentences whose verdict is right; what went wrong."""

    sentences: int = 0
    right: int = 0
    annotated: int = 0
    extracted: int = 0
    both: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_style: dict[str, Counter[str]] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of the annotated claims that were extracted."""
        return self.both / self.annotated if self.annotated else 1.0

    @property
    def precision(self) -> float:
        """The share of the extracted claims that were annotated."""
        return self.both / self.extracted if self.extracted else 1.0

    @property
    def accuracy(self) -> float:
        """The share of the sentences with the right verdict."""
        return self.right / self.sentences if self.sentences else 1.0


def read_annotated(pack: Pack) -> tuple[Annotated, ...]:
    """Return the annotated sentences of a pack; none if it has no such folder.

    Raises:
        PackInvalid: naming every sentence that does not fit, as `annotated/zh.yaml:12: fault`.
    """
    faults = Faults()
    found: list[Annotated] = []
    names = _names(pack)
    for file in sorted((pack.folder / "annotated").glob("*.yaml")):
        relative = f"annotated/{file.name}"
        document = read_yaml(pack.folder, relative, faults)
        if document is None:
            continue
        for number, record in enumerate(document.data if isinstance(document.data, list) else ()):
            try:
                found.append(_annotated(record, pack, names, f"{relative}:{document.place(number).line}"))
            except ValueError as error:
                faults.add(document.place(number), str(error))
    if faults.found:
        raise PackInvalid(faults.lines())
    return tuple(found)


async def measure_prose(sentences: Sequence[Annotated], domain: Domain, snapshot: Snapshot) -> Prose:
    """Verify every sentence and compare; sentences are read one by one, as a caller may send them."""
    found = Prose()
    for sentence in sentences:
        checked = await verify_text(sentence.text, domain, snapshot, language="en")
        kinds = {each.kind for each in checked.sentences}
        own = [verdict for verdict in checked.verdicts if verdict.claim.predicate]
        matched = _matched(sentence.claims, [verdict.claim for verdict in own])
        found.sentences += 1
        found.annotated += len(sentence.claims)
        found.extracted += len(own) if sentence.claims or sentence.verdict is None else 0
        found.both += matched
        expected = sentence.verdict.value if sentence.verdict else "none"
        got = checked.overall.value if checked.overall and kinds != {SentenceKind.NON_FACTUAL} else "none"
        # A sentence that states nothing to be decided may be called either.
        is_right = got == expected or (sentence.kind != "factual" and {got, expected} <= {"none", "not_checkable"})
        found.right += is_right
        found.confusion[expected, got] += 1
        found.by_style.setdefault(sentence.style, Counter())["right" if is_right else "wrong"] += 1
        if not is_right or matched < len(sentence.claims) or len(own) > matched:
            found.misses.append(_miss(sentence, expected, got, own))
    return found


def _miss(sentence: Annotated, expected: str, got: str, own: Iterable[ClaimVerdict]) -> str:
    wanted = "; ".join(" || ".join(map(_said, forms)) for forms in sentence.claims)
    read = "; ".join(f"{_said(verdict.claim)} → {verdict.verdict} ({verdict.reason})" for verdict in own)
    return f"{sentence.place}: {sentence.text}\n  expected {expected}: {wanted}\n  got      {got}: {read}"


def _said(claim: Claim) -> str:
    amount = claim.quantity
    parts = [claim.subject, claim.predicate, claim.object, "not" if claim.negated else ""]
    if amount:
        parts.append(f"{amount.low}..{amount.high} {amount.unit} {amount.basis}".strip())
    parts += [f"{key}={value}" for key, value in sorted(claim.qualifiers.items())]
    return " | ".join(filter(None, parts))


def _matched(wanted: Sequence[Sequence[Claim]], found: Iterable[Claim]) -> int:
    """Return how many annotated claims were found in one of their forms, each claim counted once."""
    left = list(found)
    number = 0
    for forms in wanted:
        hit = next((each for each in left if any(_same(claim, each) for claim in forms)), None)
        if hit is not None:
            left.remove(hit)
            number += 1
    return number


def _same(one: Claim, other: Claim) -> bool:
    """Say whether two claims state the same triple, polarity, quantifier and amount."""
    ends = {(one.subject, one.object), (one.object, one.subject)}
    if one.predicate != other.predicate or (other.subject, other.object) not in ends:
        return False
    if _polarity(one) != _polarity(other):
        return False
    first, second = one.quantity, other.quantity
    if first is None or second is None:
        return first is second
    return is_same_amount(replace(first, unit=first.unit.removeprefix("1")), second)


def _polarity(claim: Claim) -> tuple[bool, str]:
    quantifier = str(claim.qualifiers.get("quantifier", "some"))
    return (claim.negated is not (quantifier == "none"), "any" if quantifier == "none" else quantifier)


def _names(pack: Pack) -> Mapping[str, list[tuple[str, str]]]:
    held: dict[str, list[tuple[str, str]]] = {}
    for entity in pack.graph.entities:
        if name := entity.standard(pack.reference_language):
            held.setdefault(name, []).append((entity.id, entity.type))
    return held


def _annotated(record: Any, pack: Pack, names: Mapping[str, list[tuple[str, str]]], place: str) -> Annotated:  # noqa: ANN401  parsed YAML
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or set(record) - _KEYS:
        message = f"a sentence has text, and of {', '.join(sorted(_KEYS))} what applies"
        raise ValueError(message)
    kind, verdict = record.get("kind", "factual"), record.get("verdict")
    if kind not in _KINDS or (verdict is not None and verdict not in set(Verdict)):
        message = f"kind is one of {', '.join(_KINDS)}, verdict one of {', '.join(Verdict)}"
        raise ValueError(message)
    claims = tuple(tuple(_claim(form, pack, names) for form in line.split("||")) for line in record.get("claims", ()))
    if kind == "factual" and verdict is None:
        message = "a factual sentence needs its verdict"
        raise ValueError(message)
    chosen = Verdict(verdict) if verdict else Verdict.NOT_CHECKABLE if kind == "not_checkable" else None
    return Annotated(record["text"], claims, chosen, kind, record.get("style", "plain"), place)


def _claim(line: str, pack: Pack, names: Mapping[str, list[tuple[str, str]]]) -> Claim:
    subject, predicate, obj, *more = (part.strip() for part in f"{line} ".split("|"))
    relation = pack.schema.relations.get(predicate)
    if relation is None:
        message = f"{predicate!r} is no relation of the schema"
        raise ValueError(message)
    quantity, qualifiers, negated = None, {}, False
    for part in more:
        if part == "not":
            negated = True
        elif "=" in part:
            key, _, value = part.partition("=")
            qualifiers[key] = value
        elif match := _AMOUNT.fullmatch(part):
            quantity = _quantity(match)
        else:
            message = f"{part!r} is neither `not`, an amount, nor key=value"
            raise ValueError(message)
    ends = (
        _resolve(subject, (*relation.subjects, *(relation.objects if relation.symmetric else ())), names),
        _resolve(obj, relation.objects, names) if obj else "",
    )
    return Claim("", ends[0], predicate, ends[1], negated, quantity, qualifiers)


def _quantity(match: re.Match[str]) -> Quantity:
    low, high = (float(match[end]) if match[end] else None for end in ("low", "high"))
    if not match["to"]:
        low = high = low if high is None else high
    return Quantity(low, high, match["unit"], match["basis"] or "")


def _resolve(name: str, types: Iterable[str], names: Mapping[str, list[tuple[str, str]]]) -> str:
    wanted = set(types)
    found = [identity for identity, kind in names.get(name, ()) if kind in wanted]
    found = found or [identity for identity, _ in names.get(name, ())]  # ill-typed claims are claims too
    if not found:
        message = f"{name!r} is no standard name"
        raise ValueError(message)
    return found[0]
