"""The safety pass: a pack's rules over the entities of a question or an answer. Never calls a model.

A subject that a rule expands (a mixture) stands for its targets (its parts). Where a rule says so, one
end of a pair may be something that the person's context names. Three queries do the work whatever the
number of rules: the expansion, the facts on subjects, the entities at their ends.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from kg.linking.fold import fold_key
from kg.linking.index import NameIndex
from kg.linking.link import link as link_names
from kg.linking.romanised import is_romanised
from kg.messages import text
from kg.model import Entity, Fact, Grade, Scalar
from kg.query import read as graph
from kg.rules import SEVERITIES, Rule
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import CheckKind, Finding, Severity

__all__ = ["check_safety", "namesakes", "unheard"]

_GRADES: Final = {grade: strength for strength, grade in enumerate(Grade)}
_Reach: TypeAlias = Mapping[str, Sequence[Fact]]  # entity → the facts through which it came in; none if it is named
_Group: TypeAlias = tuple[Rule, _Reach, list[Fact]]  # the facts that say the same of the same subjects


async def check_safety(  # noqa: PLR0913  what to check, against what, in which words
    ids: Sequence[str],
    context: Mapping[str, Any],
    snapshot: Snapshot,
    rules: Sequence[Rule],
    schema: Schema,
    *,
    language: str,
    reference_language: str,
    index: NameIndex | None = None,
) -> tuple[tuple[Finding, ...], tuple[Fact, ...]]:
    """Return what fires, worst first, and the facts that made it fire.

    Args:
        ids: the entities to look at; values and unknown ids fire nothing.
        context: what is known of the person.
        snapshot: where to read.
        rules: the pack's rules.
        schema: the pack's schema.
        language: of the messages.
        reference_language: the language in which rules name objects.
        index: the names by which texts of the context are understood; without it they stand for nothing.

    Returns:
        One finding for each rule and pair, or for each rule, subject and message; its `facts` include those that
        derived ones rest on. What one finding says no other repeats, be it of the same facts or of those that its
        own are derived from. The second part holds the facts themselves, without the bases of derived ones.

    Raises:
        GraphUnavailable: the store does not answer. That nothing was found is never said by accident.
    """
    named = frozenset(ids)
    active = [rule for rule in rules if rule.applies(context)]
    if not named or not active:
        return (), ()
    given = {key: _given(context.get(key), index) for rule in active if (key := rule.with_key)}
    starts = named.union(*given.values())
    links = _outward(
        await _touching(starts, {relation for rule in active for relation in rule.expand}, snapshot, schema),
        starts,
        schema,
    )
    members = {link.object for link in links}
    found = await _touching({*starts, *members}, {rule.relation for rule in active}, snapshot, schema)
    fired: list[tuple[Rule, _Reach, Fact]] = []
    for rule in active:
        asked, known = _reach(rule, named, links), _reach(rule, given.get(rule.with_key, frozenset()), links)
        both: _Reach = {**known, **asked}
        fired += [(rule, both, fact) for each in found for fact in _about(rule, each, asked, both, schema)]
    if not fired:
        return (), ()
    ends = {end for _, _, fact in fired for end in (fact.subject, fact.object)} | {link.subject for link in links}
    say = _Words(await graph.entities(snapshot, ends), schema, language, reference_language)

    groups: dict[tuple[str, ...], _Group] = {}
    for rule, reach, fact in fired:
        if rule.objects and not rule.is_pair and say.reference(fact.object) not in rule.objects:
            continue
        said = "" if rule.is_pair else say.message(rule, [fact], reach)
        groups.setdefault((rule.id, *_ends(fact, schema), said), (rule, reach, []))[2].append(fact)
    told = tuple(_unrepeated(groups.values()))
    findings = [_finding(*group, say) for group in told]
    held = {fact.id: fact for fact in (*links, *found)}
    rested = {each.id: held[each.id] for _, reach, facts in told for each in (*facts, *_through(facts, reach))}
    worst = list(Severity)
    findings.sort(key=lambda each: (-worst.index(each.severity), each.rule, each.subjects, each.message))
    return tuple(findings), tuple(rested.values())


def namesakes(name: str, index: NameIndex, *, besides: Collection[str] = ()) -> frozenset[str]:
    """Return what has this very name, unless only when romanised: a warning may be about any of them.

    Args:
        name: as a text has it, in any spelling.
        index: the names of the domain.
        besides: entity types to leave out.
    """
    entries = [entry for entry in index.at(fold_key(name)) if entry.type not in besides]
    return frozenset(entry.entity for entry in entries if not is_romanised(entry.name.language))


def unheard(context: Mapping[str, Any], rules: Sequence[Rule], index: NameIndex) -> tuple[str, ...]:
    """Return the texts of the context that a rule would look up and that name nothing: nothing was checked for them."""
    keys = dict.fromkeys(rule.with_key for rule in rules if rule.with_key)
    texts = dict.fromkeys(each for key in keys for each in _texts(context.get(key)))
    return tuple(each for each in texts if each.strip() and not link_names(each, index).mentions)


def _texts(said: object) -> Sequence[str]:
    return [str(each) for each in said] if isinstance(said, list) else [said] if isinstance(said, str) else []


def _given(said: object, index: NameIndex | None) -> frozenset[str]:
    """Return the entities that texts of the context name; an ambiguous one is all that it may mean, to be safe."""
    if index is None:
        return frozenset()
    mentions = [mention for each in _texts(said) for mention in link_names(each, index).mentions]
    linked = {candidate.entity for mention in mentions for candidate in mention.candidates}
    return frozenset(linked.union(*(namesakes(mention.text, index) for mention in mentions)))


async def _touching(ids: Iterable[str], relations: Iterable[str], snapshot: Snapshot, schema: Schema) -> Sequence[Fact]:
    wanted = sorted(set(relations))
    return await graph.facts_touching(snapshot, schema, ids, predicates=wanted) if wanted else ()


def _outward(links: Iterable[Fact], starts: Collection[str], schema: Schema) -> Sequence[Fact]:
    """Return the links that lead away from `starts`; one that holds both ways is turned so that it does."""
    outward = []
    for each in links:
        if each.subject in starts:
            outward.append(each)
        if schema.relations[each.predicate].symmetric and each.object in starts:
            outward.append(_turned(each))
    return outward


def _turned(fact: Fact) -> Fact:
    return replace(fact, subject=fact.object, object=fact.subject)


def _reach(rule: Rule, named: Collection[str], links: Iterable[Fact]) -> _Reach:
    """Return the entities that a rule looks at: what is named, and what it stands for."""
    reach: dict[str, list[Fact]] = {identity: [] for identity in named}
    for link in links:
        if link.subject in named and link.predicate in rule.expand and link.object not in named:
            reach.setdefault(link.object, []).append(link)
    return reach


def _about(rule: Rule, fact: Fact, asked: _Reach, reach: _Reach, schema: Schema) -> Iterator[Fact]:
    """Yield a fact for each way in which the rule fires on it: one that holds both ways hangs on either end.

    At least one end is what was `asked` about; the other may be anything within `reach`.
    """
    if fact.predicate != rule.relation:
        return
    if rule.is_pair:
        is_asked = fact.subject in asked or fact.object in asked
        if is_asked and fact.subject != fact.object and fact.subject in reach and fact.object in reach:
            yield fact
        return
    if fact.subject in asked:
        yield fact
    if schema.relations[rule.relation].symmetric and fact.object in asked and fact.subject != fact.object:
        yield _turned(fact)


def _unrepeated(groups: Iterable[_Group]) -> Iterator[_Group]:
    """Yield the groups without what another one of their kind says: the same facts, or facts derived from theirs."""
    held = list(groups)
    bases = {(rule.kind, base) for rule, _, facts in held for fact in facts for base in fact.derived_from}
    seen: set[tuple[str, frozenset[str]]] = set()
    for rule, reach, facts in held:
        left = [fact for fact in facts if (rule.kind, fact.id) not in bases]
        key = rule.kind, frozenset(fact.id for fact in left)
        if left and key not in seen:
            seen.add(key)
            yield rule, reach, left


def _ends(fact: Fact, schema: Schema) -> tuple[str, ...]:
    ends = (fact.subject, fact.object)
    return tuple(sorted(ends)) if schema.relations[fact.predicate].symmetric else ends


def _through(facts: Iterable[Fact], reach: _Reach) -> tuple[Fact, ...]:
    """Return the facts through which the ends of `facts` came in."""
    return tuple(link for fact in facts for end in (fact.subject, fact.object) for link in reach.get(end, ()))


def _finding(rule: Rule, reach: _Reach, facts: Sequence[Fact], say: "_Words") -> Finding:
    """Return one finding on facts that say the same of the same subjects; its texts are what the worst of them say."""
    levels = {fact.id: rule.level(say.reference(fact.object), fact.qualifiers) for fact in facts}
    ranked = sorted(facts, key=lambda fact: (-SEVERITIES.index(levels[fact.id]), bool(fact.derived_from), fact.id))
    first, links = ranked[0], _through(facts, reach)
    worst = [fact for fact in ranked if levels[fact.id] == levels[first.id]]
    ends = (first.subject, first.object) if rule.is_pair else (first.subject,)
    grades = [item.grade for fact in facts for item in fact.evidence]
    ids = [identity for fact in ranked for identity in (fact.id, *fact.derived_from)]
    return Finding(
        rule=rule.id,
        kind=CheckKind(rule.kind),
        severity=Severity(levels[first.id]),
        subjects=tuple(dict.fromkeys((*ends, *sorted(link.subject for link in links)))),
        message=say.message(rule, worst, reach),
        facts=tuple(dict.fromkeys((*ids, *(link.id for link in links)))),
        grade=max(grades, key=_GRADES.__getitem__, default=Grade.UNSPECIFIED),
        mechanism=say.filled(rule.mechanism, rule, worst, reach),
        management=say.filled(rule.management, rule, worst, reach),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Names and texts in the asker's language."""

    entities: Mapping[str, Entity]
    schema: Schema
    language: str
    reference_language: str

    def reference(self, identity: str) -> str:
        """Return the name by which rules call an object; empty if it has none."""
        found = self.entities.get(identity)
        return (found.standard(self.reference_language) if found else None) or ""

    def text(self, texts: Mapping[str, str]) -> str:
        """Return a text in the asker's language, else in the pack's own: better than no warning."""
        return texts.get(self.language) or texts.get(self.reference_language) or next(iter(texts.values()), "")

    def label(self, identity: str) -> str:
        found = self.entities.get(identity)
        return found.label(self.language, self.reference_language) if found else identity

    def subject(self, identity: str, rule: Rule, reach: _Reach) -> str:
        """Return a subject's name, with what it came in through (what it is part of) if that is what was named."""
        name, links = self.label(identity), reach.get(identity, ())
        for relation in dict.fromkeys(link.predicate for link in links):
            through = self.listed(sorted({self.label(link.subject) for link in links if link.predicate == relation}))
            if wording := rule.wordings.get(relation):
                return self.text(wording).format(name=name, through=through)
            return text("via_formula", self.language, name=name, through=through)
        return name

    def listed(self, words: Iterable[str]) -> str:
        return text("list_separator", self.language).join(dict.fromkeys(words))

    def message(self, rule: Rule, facts: Sequence[Fact], reach: _Reach) -> str:
        """Fill a rule's message; several values of one qualifier stand side by side."""
        return self.filled(rule.message, rule, facts, reach)

    def filled(self, texts: Mapping[str, str], rule: Rule, facts: Sequence[Fact], reach: _Reach) -> str:
        """Fill a text of a rule; empty if there is none."""
        first = facts[0]
        words = {"subject": self.subject(first.subject, rule, reach), "object": self.label(first.object)}
        words |= {"first": words["subject"], "second": self.subject(first.object, rule, reach)}
        for key in self.schema.relations[rule.relation].qualifiers:
            values = [fact.qualifiers[key] for fact in facts if key in fact.qualifiers]
            words[key] = self.listed(self._value(key, value) for value in values)
        return self.text(texts).format(**words)

    def _value(self, key: str, value: Scalar) -> str:
        said = f"{value:g}" if isinstance(value, float) else str(value)
        declared = self.schema.qualifiers.get(key)
        return declared.labels.get(said, {}).get(self.language, said) if declared else said
