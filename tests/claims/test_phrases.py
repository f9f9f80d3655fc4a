"""The pack's own sentences about its facts are read back as the facts that they say."""

from collections import defaultdict

import pytest

from kg.model import Fact
from reasoning.claims import extract
from reasoning.domain import Domain

OF_EACH = 3
UNCOMMON = frozenset({"UNRESOLVED_WITH", "WARNED_AS", "DOCUMENTED_EXCEPTION", "MODIFICATION"})  # said in other ways


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentences_of_the_pack_are_read_back(language: str, herbal: Domain) -> None:
    by_relation: dict[str, list[Fact]] = defaultdict(list)
    for fact in sorted(herbal.pack.graph.facts, key=lambda fact: fact.id):
        by_relation[fact.predicate].append(fact)
    names = {entity.id: entity.label(language) for entity in herbal.pack.graph.entities}
    missed, total = [], 0
    for relation, facts in by_relation.items():
        if herbal.pack.schema.relations[relation].quantity or relation in UNCOMMON:
            continue
        for fact in facts[:OF_EACH]:
            said = herbal.pack.phrases["relations"][relation]["statement"][language]
            text = said.format(subject=names[fact.subject], object=names[fact.object])
            drafts = [draft for sentence in extract(text + ".", herbal).sentences for draft in sentence.drafts]
            ends = {(draft.subject, draft.object) for draft in drafts if draft.predicate == relation}
            asks = any(draft.reason == "ambiguous" for draft in drafts)
            total += 1
            if not asks and not ends & {(fact.subject, fact.object), (fact.object, fact.subject)}:
                missed.append(text)
    assert total > 100
    assert len(missed) <= total * 0.05, missed
