"""Sets of questions with gold answers: `questions/*.yaml` of a pack, read and checked against its tables.

A file is `set: dev|frozen` and `cases:`. A case has `id`, `kind`, `language`, `question`, exactly one form of
`answer` (see `AnswerForm`), the `facts` that the gold stands on and the `source` that it was taken from; `context`,
`follows` (a case asked right before in the same conversation), `hops` and `must_mention` (ids of rules) are optional.
Names are standard names in the pack's reference language, or ids.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from kg.errors import PackInvalid
from kg.model import Status
from kg.pack.content import Pack
from kg.pack.documents import Document, read_yaml, report_invalid
from kg.pack.faults import Faults, Place

__all__ = ["REFUSED_KINDS", "Case", "Gold", "read_questions"]

_Kind: TypeAlias = Literal[
    "lookup", "reverse", "multi_hop", "intersection", "union", "difference", "count", "superlative", "compare",
    "yes_no", "existence", "numeric", "list_conditions", "path", "definition", "temporal", "conflict", "distinguish",
    "why", "several", "follow_up", "control",
]  # fmt: skip
_Refused: TypeAlias = Literal[
    "invented", "missing_relation", "false_premise", "out_of_domain", "prescribing", "ambiguous", "emergency"
]
REFUSED_KINDS: Final = frozenset(get_args(_Refused))
"""Kinds of questions that must not be answered as they are asked."""

_Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
_Triple: TypeAlias = Annotated[tuple[_Text, _Text, _Text], Field(strict=False)]
_Amount: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^(\d+(\.\d+)?)?\.\.(\d+(\.\d+)?)? \S+$|^\d+(\.\d+)? \S+$")
]
_FORMS: Final = ("entities", "yes", "number", "amounts", "parts", "abstain", "refute", "clarify", "guard")


class AnswerForm(BaseModel):
    """One form of gold; `of` goes with `entities` and is the type that counts in a text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    entities: list[_Text] | None = None
    of: str = ""
    yes: bool | None = None
    number: int | float | None = None
    amounts: list[_Amount] | None = None
    parts: "list[AnswerForm] | None" = None
    abstain: _Refused | None = None
    refute: list[_Triple] | None = None
    clarify: list[_Text] | None = None
    guard: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "AnswerForm":
        given = [form for form in _FORMS if getattr(self, form) is not None]
        if len(given) != 1:
            message = f"an answer has exactly one of {', '.join(_FORMS)}; this one has {', '.join(given) or 'none'}"
            raise ValueError(message)
        if self.of and given != ["entities"]:
            message = "`of` goes with `entities` only; remove it"
            raise ValueError(message)
        return self


class CaseForm(BaseModel):
    """One question as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]
    kind: _Kind | _Refused
    language: Literal["zh", "en", "mixed"]
    question: _Text
    context: dict[str, Any] = {}
    follows: str = ""
    hops: Annotated[int, Field(ge=1, le=6)] | None = None
    answer: AnswerForm
    facts: list[_Triple] = []
    must_mention: list[_Text] = []
    source: _Text


@dataclass(frozen=True, slots=True)
class Gold:
    """What a right answer must come to; `form` says which field counts, entities are ids."""

    form: str
    entities: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    yes: bool = False
    number: float = 0
    amounts: tuple[str, ...] = ()
    parts: "tuple[Gold, ...]" = ()
    refute: tuple[tuple[str, str, str], ...] = ()
    reason: str = ""  # of an abstention, or the guard


@dataclass(frozen=True, slots=True)
class Case:
    """One checked question; `facts` are triples of ids, `part` is the set that it belongs to."""

    id: str
    part: str
    kind: str
    language: str
    question: str
    gold: Gold
    facts: tuple[tuple[str, str, str], ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    follows: str = ""
    hops: int = 0
    must_mention: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether the question must not be answered as it is asked."""
        return self.kind in REFUSED_KINDS


def read_questions(pack: Pack) -> tuple[Case, ...]:
    """Return the questions of a pack in the order of its files; none if it has no such folder.

    Raises:
        PackInvalid: naming everything that does not fit, as `questions/dev.yaml:12: fault`.
    """
    faults, held = Faults(), _Held(pack)
    found: dict[str, Case] = {}
    later: list[tuple[str, Place]] = []
    for file in sorted((pack.folder / "questions").glob("*.yaml")):
        document = read_yaml(pack.folder, f"questions/{file.name}", faults)
        if document is None:
            continue
        data = document.data if isinstance(document.data, dict) else {}
        part, cases = data.get("set"), data.get("cases")
        if part not in {"dev", "frozen"} or not isinstance(cases, list) or data.keys() - {"set", "cases"}:
            faults.add(document.place(), "must be `set: dev` or `set: frozen`, and `cases:` with a list")
            continue
        for position, item in enumerate(cases):
            case = _read(item, part, held, document, position, faults)
            if case is None:
                continue
            if case.id in found:
                faults.add(document.place("cases", position, "id"), f"the case {case.id!r} stands twice; rename one")
            later.append((case.follows or case.id, document.place("cases", position, "follows")))
            found[case.id] = case
    for name, place in later:
        if name not in found:
            faults.add(place, f"follows {name!r}, which is no case; correct the id")
    if faults.found:
        raise PackInvalid(faults.lines())
    return tuple(found.values())


class _Held:
    """What cases may name: entities by name or id, triples, rules, guards."""

    def __init__(self, pack: Pack) -> None:
        self.schema = pack.schema
        self.types = {entity.id: entity.type for entity in pack.graph.entities}
        self.ids: dict[str, set[str]] = {}
        for entity in pack.graph.entities:
            for name in {entity.id, entity.label(pack.reference_language)}:
                self.ids.setdefault(name, set()).add(entity.id)
        self.facts = {(f.subject, f.predicate, f.object) for f in pack.graph.facts if f.status is not Status.RETRACTED}
        self.facts |= {(o, p, s) for s, p, o in self.facts if pack.schema.relations[p].symmetric}
        self.rules = {rule["id"] for rule in pack.rules}
        self.guards = {guard["id"] for guard in pack.guards.get("guards", ())}

    def resolve(self, name: str, types: Iterable[str], place: Place, faults: Faults) -> str:
        """Return the id that a name has among types (any, if there are none), or an empty text after reporting."""
        wanted = set(types)
        ids = {i for i in self.ids.get(name, ()) if not wanted or self.types[i] in wanted}
        if len(ids) == 1:
            return ids.pop()
        allowed = f" of {', '.join(sorted(wanted))}" if wanted else ""
        what = "is the name of several; write the id" if ids else f"is no standard name{allowed}; correct it"
        faults.add(place, f"{name!r} {what}")
        return ""

    def triple(self, triple: tuple[str, str, str], place: Place, faults: Faults) -> tuple[str, str, str]:
        """Return a triple of ids; what does not resolve is reported."""
        subject, predicate, obj = triple
        relation = self.schema.relations.get(predicate)
        if relation is None:
            faults.add(place, f"unknown relation {predicate!r}; use one of schema.yaml")
            return triple
        one = self.resolve(subject, relation.subjects, place, faults)
        return one, predicate, self.resolve(obj, relation.objects, place, faults)


def _read(item: object, part: str, held: _Held, document: Document, position: int, faults: Faults) -> Case | None:  # noqa: PLR0913, PLR0917
    """Return a case, or None after reporting why it has not the form of one."""
    try:
        form = CaseForm.model_validate(item)
    except ValidationError as error:
        report_invalid(document, error, faults, "cases", position)
        return None
    at = ("cases", position)
    triples = []
    for number, triple in enumerate(form.facts):
        place = document.place(*at, "facts", number)
        triples.append(held.triple(triple, place, faults))
        if all(triples[-1]) and triple[1] in held.schema.relations and triples[-1] not in held.facts:
            faults.add(place, f"{' '.join(triple)} is no fact of the pack; correct it")
    for number, rule in enumerate(form.must_mention):
        if rule not in held.rules:
            faults.add(document.place(*at, "must_mention", number), f"unknown rule {rule!r}; use an id of rules.yaml")
    place = document.place(*at, "answer")
    refused = {"abstain", "refute", "clarify", "guard"}
    gold = _gold(form.answer, held, place, faults)
    if (form.kind in REFUSED_KINDS) != (gold.form in refused):
        faults.add(place, f"the kind {form.kind} does not go with an answer of the form {gold.form}")
    return Case(
        form.id, part, form.kind, form.language, form.question, gold, tuple(triples), form.context, form.follows,
        form.hops or 0, tuple(form.must_mention), form.source,
    )  # fmt: skip


def _gold(form: AnswerForm, held: _Held, place: Place, faults: Faults) -> Gold:
    kind = next(each for each in _FORMS if getattr(form, each) is not None)
    if form.of and form.of not in held.schema.types:
        faults.add(place, f"unknown type {form.of!r}; use one of schema.yaml")
    if form.guard is not None and form.guard not in held.guards:
        faults.add(place, f"unknown guard {form.guard!r}; use an id of guards.yaml")
    wanted = {form.of} if form.of in held.schema.types else set()
    ids = [held.resolve(name, wanted, place, faults) for name in (form.entities or form.clarify or ())]
    refute = tuple(held.triple(triple, place, faults) for triple in form.refute or ())
    for triple in refute:
        if triple in held.facts:
            faults.add(place, f"refutes {' '.join(triple)}, which is a fact of the pack; correct it")
    return Gold(
        form=kind,
        entities=frozenset(filter(None, ids)),
        types=frozenset(wanted or {held.types[each] for each in ids if each}),
        yes=bool(form.yes),
        number=form.number or 0,
        amounts=tuple(form.amounts or ()),
        parts=tuple(_gold(part, held, place, faults) for part in form.parts or ()),
        refute=refute,
        reason=form.abstain or form.guard or "",
    )
