"""`phrases.yaml` and the texts of `rules.yaml`: there in every language, with no placeholder that nothing fills.

A placeholder is a plain name in braces; formats and attributes (`{subject.x}`) would let a pack reach
into the program and are refused.
"""

import string
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kg.pack.documents import Document, parse, report_invalid
from kg.pack.faults import Faults
from kg.pack.forms import IDENTIFIER
from kg.pack.nouns import Directory, known
from kg.pack.texts import Items
from kg.rules import placeholders, rule_faults
from kg.schema import Schema

__all__ = ["check_phrases", "check_rules"]

_Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
_Texts: TypeAlias = dict[str, _Text]  # language → text


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _PublicPhrases(_Form):
    statement: _Texts = {}
    targets: _Texts = {}
    sources: _Texts = {}


class _RelationPhrases(_Form):
    statement: _Texts
    targets: _Texts
    sources: _Texts
    object: list[_Texts] = []
    question: _Texts = {}
    public: _PublicPhrases = _PublicPhrases()


class _Phrases(_Form):
    relations: dict[str, _RelationPhrases]
    disclaimer: _Texts = {}
    public_disclaimer: _Texts = {}


class _When(_Form):
    pair: str = ""
    fact: str = ""
    amount: str = ""
    handling: str = ""
    shared: str = ""
    named: str = ""
    objects: list[str] = []
    context: dict[str, Any] = {}
    other: str = Field("", alias="with")
    up: str | list[str] = []
    also: dict[str, list[str]] = {}
    lacks: dict[str, list[str]] = {}
    parts: str = ""
    exception: str = ""
    met: list[str] = []
    stated: list[str] = []
    unless: list[str] = []

    @property
    def relation(self) -> str:
        """The relation whose facts make it fire; empty where none does."""
        return self.pair or self.fact or self.amount or self.handling or self.shared


class _Severity(_Form):
    by: str
    values: dict[str, str]


class _Rule(_Form):
    id: Annotated[str, StringConstraints(pattern=IDENTIFIER)]
    kind: str
    title: _Texts
    when: _When
    severity: str | _Severity | dict[str, dict[str, str]]
    message: _Texts
    expand: list[str] | dict[str, _Texts] = []
    through: dict[str, str] = {}
    settled: str = "info"
    unstated: str = "info"
    recorded: str = "info"
    most: int = 0
    listed: bool = False
    unsure: bool = False
    prescribed: bool = False
    under: _Texts = {}
    unclear: _Texts = {}
    twice: _Texts = {}
    total: _Texts = {}
    documented: _Texts = {}
    severity_basis: str = "proposal"
    management: _Texts = {}
    mechanism: _Texts = {}


def check_phrases(document: Document, schema: Schema, languages: Collection[str], faults: Faults) -> None:
    """Report relations without phrases, languages without a text, and placeholders that cannot be filled."""
    form = parse(document, _Phrases, faults)
    if form is None:
        return
    for name in schema.relations.keys() - form.relations.keys():
        faults.add(document.place("relations"), f"has no phrases for {name}; write statement, targets and sources")
    for name, phrases in form.relations.items():
        relation = schema.relations.get(name)
        if relation is None:
            continue  # reported with all other unknown names
        parts: list[tuple[tuple[str | int, ...], _Texts, Collection[str]]] = [
            (("statement",), phrases.statement, ("subject", "object")),
            (("targets",), phrases.targets, ("source",)),
            (("sources",), phrases.sources, ("target",)),
        ]
        parts += [
            (("object", position), variant, ("object", *relation.qualifiers))
            for position, variant in enumerate(phrases.object)
        ]
        said: dict[str, _Texts] = phrases.public.model_dump()
        plain = {"statement": ("subject", "object"), "targets": ("source",), "sources": ("target",)}
        parts += [(("public", key), texts, plain[key]) for key, texts in said.items() if texts]
        for path, texts, allowed in parts:
            for language, problem in _problems(texts, languages, allowed):
                faults.add(document.place("relations", name, *path, language), f"{name}: {problem}")


def check_rules(  # noqa: PLR0913, PLR0917  what rules speak of
    items: Items,
    schema: Schema,
    directory: Directory,
    languages: Collection[str],
    context: Collection[str],
    faults: Faults,
) -> None:
    """Report rules that do not fit, that no fact or person can fire, or whose texts cannot be said."""
    seen: set[str] = set()
    for position, record in enumerate(items.mappings):
        where: tuple[str | int, ...] = (*items.path, position)
        place = items.document.place(*where)
        try:
            rule = _Rule.model_validate(record)
        except ValidationError as error:
            report_invalid(items.document, error, faults, *where)
            continue
        if rule.id in seen:
            faults.add(items.document.place(*where, "id"), f"the rule {rule.id!r} stands twice; rename one")
        seen.add(rule.id)
        for problem in rule_faults([record], schema):
            faults.add(place, problem.removeprefix("rules.yaml: "))
        for path, problem in _setting_problems(rule, languages, context):
            faults.add(items.document.place(*where, *path), f"{rule.id}: {problem}")
        for path, problem in _said_problems(rule, languages, placeholders(record["when"], schema)):
            faults.add(items.document.place(*where, *path), f"{rule.id}: {problem}")
        for path, relation, value in _named_objects(rule):
            if declared := schema.relations.get(relation):
                at = items.document.place(*where, *path)
                directory.resolve(value, declared.objects, at, f"{rule.id}: object", faults)


def _said_problems(
    rule: _Rule, languages: Collection[str], known_names: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for key in ("title", "message", "management", "mechanism", "under", "unclear", "total", "twice", "documented"):
        texts: _Texts = getattr(rule, key)
        for language, problem in _problems(texts, languages if texts else (), known_names):
            yield (key, language), problem


def _named_objects(rule: _Rule) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield every object that a rule calls by name: where it stands, of which relation, the name."""
    if isinstance(rule.severity, _Severity) and rule.severity.by == "object":
        yield from ((("severity", "values", value), rule.when.relation, value) for value in rule.severity.values)
    yield from ((("when", "objects"), rule.when.relation, value) for value in (*rule.when.objects, *rule.when.met))
    for key, asked in (("also", rule.when.also), ("lacks", rule.when.lacks)):
        for relation, values in asked.items():
            yield from ((("when", key), relation, value) for value in values)


def _setting_problems(
    rule: _Rule, languages: Collection[str], context: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where and what: keys that nobody can give, and stand-ins that cannot be said."""
    asked = {*rule.when.context, rule.when.other, rule.when.named} - {""}
    for key in sorted(asked - set(context)):
        yield ("when",), f"nothing is known of {known(key, context)} (the keys of [context] in pack.toml)"
    for name, texts in rule.expand.items() if isinstance(rule.expand, dict) else ():
        for language, problem in _problems(texts, languages if texts else (), ("name", "through")):
            yield ("expand", name, language), problem


def _problems(
    texts: Mapping[str, str], languages: Iterable[str], placeholders: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    """Yield language and problem; `placeholders` None means that the text is said as it stands."""
    for language in languages:
        if language not in texts:
            yield "", f"has no text in {language!r}; write it"
    for language, text in texts.items():
        if placeholders is None:
            continue
        try:
            fields = list(string.Formatter().parse(text))
        except ValueError as error:
            yield language, f"the braces of {text!r} do not match ({error}); close them"
            continue
        for _, name, form, conversion in fields:
            if name is not None and (name not in placeholders or form or conversion):
                yield language, f"unknown placeholder {known('{' + name + '}', ['{' + p + '}' for p in placeholders])}"
