"""Proofs as documents: one line of JSON that says what was claimed, what was found, and by which rules and facts.

A proof is replayed by judging its claim again on the same revision and comparing the documents byte for byte.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from kg.model import Entity, Fact, Revision, Scalar, Source
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict, Comparison, Quantity
from reasoning.verify.load import check

__all__ = ["VERSION", "InvalidProof", "Proof", "parse_proof", "proof_document", "replay"]

VERSION: Final = 1
"""Of the verifier's rules and of the document; proofs of another version may replay otherwise."""


class InvalidProof(ValueError):
    """A text that is no proof document; the message says what is wrong with it."""


class Proof(NamedTuple):
    """What a proof document was made of, as far as replaying it needs."""

    claim: Claim
    revision: str
    pack_id: str
    pack_version: str
    language: str


def proof_document(  # noqa: PLR0913  (what the document names)
    verdict: ClaimVerdict,
    revision: Revision | str,
    pack_id: str,
    pack_version: str,
    language: str = "en",
    *,
    facts: Mapping[str, Fact] | None = None,
    entities: Mapping[str, Entity] | None = None,
) -> str:
    """Return a verdict with its proof as canonical JSON: one line, sorted keys, the same for the same verdict.

    Args:
        verdict: with its claim.
        revision: that it was judged by, or its token.
        pack_id: the domain.
        pack_version: of the pack that declared the rules.
        language: of the rationale.
        facts: those that the proof names (`Checked.facts`), so that the document can be read without the graph.
        entities: their ends (`Checked.entities`), whose names in `language` stand beside their ids.
    """
    document = {
        "claim": _claim(verdict.claim),
        "comparison": None if verdict.comparison is None else _comparison(verdict.comparison),
        "facts": {
            identity: _fact(fact, entities or {}, language)
            for identity, fact in (facts or {}).items()
            if f"facts/{identity}" in verdict.proof
        },
        "language": language,
        "pack": {"id": pack_id, "version": pack_version},
        "rationale": verdict.rationale,
        "reason": verdict.reason.value,
        "refuting": list(verdict.refuting),
        "revision": revision if isinstance(revision, str) else revision.token,
        "steps": _steps(verdict.proof),
        "supporting": list(verdict.supporting),
        "verdict": verdict.verdict.value,
        "version": VERSION,
    }
    written = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    # Half of a surrogate pair, which UTF-8 cannot hold, becomes its JSON escape.
    return written.encode("utf-8", "backslashreplace").decode() + "\n"


def parse_proof(text: str) -> Proof:
    """Return what a proof document claims and where it was judged.

    Raises:
        InvalidProof: the text is no proof, or one of another version.
    """
    try:
        document = json.loads(text)
        version = document["version"]
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        message = f"this is no proof ({fault}); give the file that a verification wrote"
        raise InvalidProof(message) from None
    if version != VERSION:
        message = f"the proof is of version {version!r}, this verifier's is {VERSION}; verify the claim anew"
        raise InvalidProof(message)
    try:
        pack = document["pack"]
        named = (document["revision"], pack["id"], pack["version"], document["language"])
        claim = _read_claim(document["claim"])
    except (TypeError, KeyError, ValueError, AttributeError) as fault:
        message = f"the proof lacks {fault} or has it otherwise; give the file as it was written"
        raise InvalidProof(message) from None
    if not all(isinstance(each, str) for each in named):
        message = "the proof's revision, pack and language are no texts; give the file as it was written"
        raise InvalidProof(message)
    return Proof(claim, *named)


async def replay(text: str, snapshot: Snapshot, schema: Schema, *, sources: Mapping[str, Source] | None = None) -> str:
    """Return the document that judging the claim of a proof again gives; the proof holds if they are the same bytes.

    The pack's id and version, and whether the facts are spelled out, are taken from the proof; the revision is the
    snapshot's, so that a proof of another revision differs.

    Raises:
        InvalidProof: the text is no proof.
        GraphUnavailable: the store does not answer.
    """
    proof = parse_proof(text)
    found = await check([proof.claim], snapshot, schema, language=proof.language, sources=sources)
    spelt = json.loads(text).get("facts") or {}
    is_named = any("subject_label" in each for each in spelt.values())
    return proof_document(
        found.verdicts[0],
        snapshot.revision,
        proof.pack_id,
        proof.pack_version,
        language=proof.language,
        facts=found.facts if spelt else None,
        entities=found.entities if is_named else None,
    )


def _steps(proof: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rules in order, each with the facts that stand behind it."""
    steps: list[dict[str, Any]] = []
    for each in proof:
        kind, _, name = each.partition("/")
        if kind == "rules":
            steps.append({"rule": name, "facts": []})
        elif steps:
            steps[-1]["facts"].append(name)
    return steps


def _fact(fact: Fact, entities: Mapping[str, Entity], language: str) -> dict[str, Any]:
    ends = {"subject_label": fact.subject, "object_label": fact.object}
    return {
        **{key: entities[end].label(language) for key, end in ends.items() if end in entities},
        "subject": fact.subject,
        "predicate": fact.predicate,
        "object": fact.object,
        "qualifiers": {key: _plain(value) for key, value in fact.qualifiers.items()},
        "status": fact.status.value,
        "evidence": [[e.source, e.locator, e.grade.value, e.review.value] for e in fact.evidence],
        "derived_from": list(fact.derived_from),
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "text": claim.text,
        "subject": claim.subject,
        "predicate": claim.predicate,
        "object": claim.object,
        "negated": claim.negated,
        "quantity": None if claim.quantity is None else _quantity(claim.quantity),
        "qualifiers": {key: _plain(value) for key, value in claim.qualifiers.items()},
        "start_byte": claim.start_byte,
        "end_byte": claim.end_byte,
    }


def _quantity(amount: Quantity) -> dict[str, Any]:
    ends = {"low": amount.low, "high": amount.high}
    numbers = {key: None if end is None else _plain(float(end)) for key, end in ends.items()}
    return {**numbers, "unit": amount.unit, "basis": amount.basis}


def _comparison(compared: Comparison) -> dict[str, Any]:
    return {
        "given": compared.given,
        "limit": compared.limit,
        "ratio": compared.ratio,
        "unit": compared.unit,
        "basis": compared.basis,
    }


def _plain(value: Scalar) -> Any:  # noqa: ANN401  (what JSON takes)
    """Return a value as JSON has it: numbers always with a fraction, those that are none as {"number": "nan"}."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return value
    number = float(value)
    return number if math.isfinite(number) else {"number": str(number)}


def _read_claim(given: Mapping[str, Any]) -> Claim:
    quantity = given["quantity"]
    return Claim(
        text=_text(given["text"]),
        subject=_text(given["subject"]),
        predicate=_text(given["predicate"]),
        object=_text(given["object"]),
        negated=bool(given["negated"]),
        quantity=None if quantity is None else _read_quantity(quantity),
        qualifiers={_text(key): _read(value) for key, value in given["qualifiers"].items()},
        start_byte=int(given["start_byte"]),
        end_byte=int(given["end_byte"]),
    )


def _read_quantity(given: Mapping[str, Any]) -> Quantity:
    low, high = (None if given[end] is None else float(_read(given[end])) for end in ("low", "high"))
    return Quantity(low, high, _text(given["unit"]), _text(given["basis"]))


def _read(value: Any) -> Any:  # noqa: ANN401  (what JSON gives)
    return float(value["number"]) if isinstance(value, Mapping) else value


def _text(value: object) -> str:
    if not isinstance(value, str):
        message = f"a text, but {value!r}"
        raise TypeError(message)
    return value
