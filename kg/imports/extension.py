"""What imports add to a domain: schema, words and phrases, as one JSON text that the store keeps.

A later import adds to what earlier ones added; the same key twice is the same thing and must be said alike.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from kg.errors import SchemaViolation
from kg.imports.forms import AdditionsForm, MappingForm, WordsForm
from kg.messages import text
from kg.pack.content import Pack
from kg.pack.schemas import schema_of
from kg.schema import Relation, Schema

__all__ = ["addition", "extend", "merged"]

_NOTHING: Final = ""


def addition(form: MappingForm) -> str:
    """Return what a mapping adds to its domain, as JSON; empty if it adds nothing."""
    schema = form.schema_.model_dump(mode="json", exclude_defaults=True)
    words = form.words.model_dump(mode="json", exclude_defaults=True)
    return _written({"schema": schema, "words": words}) if schema or words else _NOTHING


def merged(first: str, second: str) -> str:
    """Return two additions as one.

    Raises:
        SchemaViolation: both declare something, and not alike.
    """
    if not first or not second:
        return first or second
    held, more = json.loads(first), json.loads(second)
    for section in ("types", "relations", "qualifiers"):
        declared = held.get("schema", {}).get(section, {})
        for name, form in more.get("schema", {}).get(section, {}).items():
            if name in declared and declared[name] != form:
                message = f"{name}: an earlier import declares it otherwise; declare it alike, or choose another name"
                raise SchemaViolation(message, name=name)
    return _written(_deep(held, more))


def extend(pack: Pack, added: str) -> Pack:
    """Return the pack with an addition: its schema, lexicon and phrases; the graph stays what the tables say.

    Raises:
        SchemaViolation: the addition changes what the pack itself declares.
    """
    if not added:
        return pack
    data = json.loads(added)
    form = AdditionsForm.model_validate(data.get("schema", {}))
    schema = extended(pack.schema, form)
    new = [schema.relations[name] for name in form.relations]
    phrases = {**pack.phrases, "relations": {**pack.phrases.get("relations", {}), **_phrases(new, pack)}}
    return replace(pack, schema=schema, phrases=phrases, lexicon=_lexicon(pack, form, data.get("words", {})))


def extended(schema: Schema, form: AdditionsForm) -> Schema:
    """Return a schema with more types, qualifiers and relations."""
    more = schema_of(form.types, form.qualifiers, form.relations)
    for held, added in ((schema.types, more.types), (schema.relations, more.relations)):
        if taken := sorted(held.keys() & added.keys()):
            message = f"{', '.join(taken)}: the domain's schema has it already; map onto it, or choose another name"
            raise SchemaViolation(message, names=", ".join(taken))
    joined = {
        (subject, obj)
        for relation in schema.relations.values()
        if relation.implied
        for subject in relation.subjects
        for obj in relation.objects
    }
    # What the pack's own relations mean where no word names them stays what it was.
    relations = {name: replace(each, implied=_is_implied(each, joined)) for name, each in more.relations.items()}
    return Schema(
        {**schema.types, **more.types},
        {**schema.relations, **relations},
        {**schema.qualifiers, **{k: v for k, v in more.qualifiers.items() if k not in schema.qualifiers}},
    )


def _is_implied(relation: Relation, joined: set[tuple[str, str]]) -> bool:
    pairs = {(s, o) for s in relation.subjects for o in relation.objects}
    return relation.implied and not pairs & (joined | {(o, s) for s, o in joined})


def _phrases(relations: list[Relation], pack: Pack) -> dict[str, Any]:
    """Return how facts of added relations are said: by their labels, the same way for all."""

    def say(key: str, relation: Relation, language: str) -> str:
        label = relation.label.get(language, relation.id).replace("{", "").replace("}", "")
        ends = {name: f"{{{name}}}" for name in ("subject", "object", "source", "target")}
        return text(f"imported_{key}", language, label=label, **ends)

    return {
        each.id: {
            key: {language: say(key, each, language) for language in pack.languages}
            for key in ("statement", "targets", "sources")
        }
        for each in relations
    }


def _lexicon(pack: Pack, form: AdditionsForm, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lexicon with the given words and, for everything added, its labels."""
    said = WordsForm.model_validate(words)
    lexicon: dict[str, Any] = dict(pack.lexicon)
    for section, labelled, given in (
        ("relations", form.relations, said.relations),
        ("types", form.types, said.types),
    ):
        entries: dict[str, Any] = {key: dict(value) for key, value in (lexicon.get(section) or {}).items()}
        for name in (*labelled, *given):
            held = entries.setdefault(name, {})
            for language in pack.languages:
                more = [*given.get(name, {}).get(language, ())]
                if name in labelled and language in labelled[name].label:
                    more.append(labelled[name].label[language])
                held[language] = list(dict.fromkeys([*held.get(language, ()), *more]))
        lexicon[section] = entries
    return lexicon


def _deep(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(first)
    for key, value in second.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = _deep(result[key], value) if both else value
    return result


def _written(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
