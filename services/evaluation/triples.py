"""Makes a pack of a public set of triples: `kb.txt` with `subject|relation|object`, and a small `pack.yaml`.

```yaml
id: films
types:                       # what the ends of relations are, and the words for them
  Film: {label: film, words: [film, movie]}
  Person: {label: person, words: [who]}
relations:                   # every relation of kb.txt, or it is left out
  directed_by: {subject: Film, object: Person, label: directors, words: [directed, director]}
```

A thing is what its end of a relation makes it: one name at ends of two types becomes two things.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kg.errors import PackInvalid
from kg.pack.documents import parse, read_yaml
from kg.pack.faults import Faults, Place

__all__ = ["Mapped", "build_pack", "read_mapped"]

_SOURCE = "kb"


class TypeForm(BaseModel):
    """One type of things: its label and the words by which questions mean it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    label: str
    words: list[str] = []
    value: bool = False


class RelationForm(BaseModel):
    """One relation: the types of its ends, its label, the words by which questions mean it, whether one value only."""

    model_config = ConfigDict(extra="forbid", strict=True)

    subject: str
    object: str
    label: str
    words: list[str] = []
    forward: list[str] = []
    backward: list[str] = []
    functional: bool = False


class MappedForm(BaseModel):
    """`pack.yaml`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    language: str = "en"
    types: Annotated[dict[str, TypeForm], Field(min_length=1)]
    relations: Annotated[dict[str, RelationForm], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Mapped:
    """A set of triples with its mapping; `left_out` counts lines of relations that the mapping does not name."""

    form: MappedForm
    triples: tuple[tuple[str, str, str], ...]
    left_out: int


def read_mapped(folder: Path) -> Mapped:
    """Read `pack.yaml` and `kb.txt`.

    Raises:
        PackInvalid: naming file and line of what does not fit.
    """
    faults = Faults()
    document = read_yaml(folder, "pack.yaml", faults)
    form = parse(document, MappedForm, faults) if document else None
    if form and document:
        for name, relation in form.relations.items():
            for end in (relation.subject, relation.object):
                if end not in form.types:
                    faults.add(document.place("relations", name), f"unknown type {end!r}; declare it under types")
    file = folder / "kb.txt"
    if not file.is_file():
        faults.add(Place("kb.txt"), "is missing; write one `subject|relation|object` a line")
    if faults.found or form is None:
        raise PackInvalid(faults.lines())
    triples, left_out = _read_triples(file, form, faults)
    if faults.found:
        raise PackInvalid(faults.lines())
    return Mapped(form, triples, left_out)


def _read_triples(file: Path, form: MappedForm, faults: Faults) -> tuple[tuple[tuple[str, str, str], ...], int]:
    triples: dict[tuple[str, str, str], None] = {}
    left_out = 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        parts = tuple(part.strip() for part in line.split("|"))
        if len(parts) != 3 or not all(parts):  # noqa: PLR2004  a triple
            if line.strip():
                faults.add(Place("kb.txt", number), "is not `subject|relation|object`; correct the line")
            continue
        subject, relation, obj = parts
        if relation in form.relations:
            triples[subject, relation, obj] = None
        else:
            left_out += 1
    return tuple(triples), left_out


def build_pack(mapped: Mapped, folder: Path) -> None:
    """Write a pack of the triples into an empty folder, as `kg.pack.read` wants it."""
    form, language = mapped.form, mapped.form.language
    ids: dict[tuple[str, str], str] = {}
    facts = []
    for subject, relation, obj in mapped.triples:
        known = form.relations[relation]
        ends = [_id(ids, kind, name) for kind, name in ((known.subject, subject), (known.object, obj))]
        facts.append([ends[0], relation.upper(), ends[1], _SOURCE, "kb.txt", "single-source"])
    for part in ("entities", "names", "facts"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    entities = [[identity, kind, name, _SOURCE] for (kind, name), identity in ids.items()]
    _table(folder / "entities" / "all.csv", ["id", "type", language, "source"], entities)
    _table(folder / "facts" / "all.csv", ["subject", "predicate", "object", "source", "locator", "review"], facts)
    header = ["key", "title", "edition", "licence", "grade", "url"]
    _table(folder / "sources.csv", header, [[_SOURCE, "the knowledge base", "", "of the set", "observational", ""]])
    (folder / "pack.toml").write_text(
        f'id = "{form.id}"\nversion = "0.0.0"\nlicence = "of the set"\nlanguages = ["{language}"]\n'
        f'reference_language = "{language}"\n\n[title]\n{language} = "{form.id}"\n',
        encoding="utf-8",
    )
    _yaml(folder / "schema.yaml", _schema(form))
    _yaml(folder / "lexicon.yaml", _lexicon(form))
    _yaml(folder / "phrases.yaml", {"relations": _phrases(form)})
    _yaml(folder / "rules.yaml", {"rules": []})
    _yaml(folder / "golden.yaml", {"cases": []})


def _id(ids: dict[tuple[str, str], str], kind: str, name: str) -> str:
    return ids.setdefault((kind, name), f"{kind.lower()}-{len(ids) + 1}")


def _schema(form: MappedForm) -> dict[str, Any]:
    def label(words: str) -> dict[str, str]:
        return {form.language: words}

    return {
        "names": {form.language: {"language": form.language}},
        "types": {
            name: {"label": label(each.label), **({"value": True} if each.value else {})}
            for name, each in form.types.items()
        },
        "relations": {
            name.upper(): {
                "subjects": [each.subject],
                "objects": [each.object],
                "label": label(each.label),
                "criticality": "identity",
            }
            for name, each in form.relations.items()
        },
    }


def _lexicon(form: MappedForm) -> dict[str, Any]:
    def words(found: Iterable[str]) -> dict[str, list[str]]:
        return {form.language: list(found)}

    directed: dict[str, Any] = {}
    for name, each in form.relations.items():
        ends = {way: words(found) for way, found in (("forward", each.forward), ("backward", each.backward)) if found}
        if ends:
            directed[name.upper()] = ends
    return {
        "relations": {name.upper(): words(each.words) for name, each in form.relations.items() if each.words},
        "types": {name: words(each.words) for name, each in form.types.items() if each.words},
        **({"directed": directed} if directed else {}),
    }


def _phrases(form: MappedForm) -> dict[str, Any]:
    return {
        name.upper(): {
            "statement": {form.language: "{subject}: " + each.label + " {object}"},
            "targets": {form.language: "the " + each.label + " of {source}"},
            "sources": {form.language: "what has " + each.label + " {target}"},
        }
        for name, each in form.relations.items()
    }


def _table(file: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])


def _yaml(file: Path, data: Mapping[str, Any]) -> None:
    file.write_text(yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False), encoding="utf-8")
