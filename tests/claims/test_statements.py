"""A pack's statements: what does not fit the schema is named; a pack without them still reads."""

import pytest

from kg.errors import PackInvalid
from reasoning.claims import parse_statements, statement_faults
from reasoning.domain import Domain

FAULTS = [
    ({"relations": {"NO_SUCH": []}}, "relations.NO_SUCH"),
    ({"relations": {"CONTAINS_ELEMENT": {}}}, "write a list of cues"),
    ({"relations": {"CONTAINS_ELEMENT": [{"words": []}]}}, "relations.CONTAINS_ELEMENT.0.words"),
    ({"relations": {"CONTAINS_ELEMENT": [{"order": "sideways", "en": ["holds"]}]}}, "order"),
    ({"relations": {"CONTAINS_ELEMENT": [{"object": "unobtainium", "en": ["holds"]}]}}, "unobtainium"),
    ({"relations": {"CONTAINS_ELEMENT": [{"qualifiers": {"reason": "explosion"}, "en": ["holds"]}]}}, "reason"),
    ({"relations": {"CONTAINS_ELEMENT": [{"context": "dark", "en": ["holds"]}]}}, "dark"),
    ({"relations": {"CONTAINS_ELEMENT": [{"en": "holds"}]}}, "write a list of non-empty phrases"),
    ({"values": {"shade": {}}}, "values.shade"),
    ({"sentences": {}}, "unknown"),
]


@pytest.mark.parametrize(("raw", "named"), FAULTS)
def test_a_fault_is_named(raw: dict[str, object], named: str, minerals: Domain) -> None:
    with pytest.raises(PackInvalid) as caught:
        parse_statements(raw, minerals.pack.schema, minerals.pack.graph.entities)
    assert any(named in fault for fault in caught.value.faults)
    assert all(fault.startswith("statements.yaml: ") for fault in caught.value.faults)


def test_the_packs_have_none(herbal: Domain, minerals: Domain) -> None:
    assert statement_faults(herbal.pack) == ()
    assert statement_faults(minerals.pack) == ()


def test_every_relation_of_the_herbal_schema_has_words(herbal: Domain) -> None:
    stated = {cue.relation for cues in herbal.statements.cues.values() for cue in cues} | herbal.statements.bare
    internal = {"UNRESOLVED_WITH", "WARNED_AS"}  # they steer checks of safety; nobody says them
    assert set(herbal.pack.schema.relations) - stated <= internal
