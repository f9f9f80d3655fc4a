"""What safety checks of one domain are made with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

from kg.amounts import Units, parse_units, unit_faults
from kg.linking.index import NameIndex
from kg.model import Source
from kg.pack.content import Pack
from kg.rules import Policy, Rule, RuleType, parse_policy, policy_faults
from kg.schema import Schema
from reasoning.safety.held import Held

__all__ = ["Memory", "Setting", "open_setting", "safety_faults"]

_T = TypeVar("_T")
_MOST_REMEMBERED: Final = 20_000


@dataclass(slots=True)
class Memory:
    """What was made out of texts before: the same text means the same for as long as a domain is open."""

    found: dict[tuple[object, ...], object] = field(default_factory=dict)

    def of(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """Return what was made for a key, or make it."""
        if key not in self.found:
            if len(self.found) >= _MOST_REMEMBERED:
                self.found.clear()
            self.found[key] = make()
        return cast("_T", self.found[key])


@dataclass(frozen=True, slots=True)
class Setting:
    """A pack's rules and policy with its names and units; `context` is key → kind, as `pack.toml` declares them.

    `held` keeps the facts that rules read, for one revision of the graph.
    """

    rules: tuple[Rule, ...]
    schema: Schema
    index: NameIndex
    reference_language: str
    policy: Policy = field(default_factory=Policy)
    units: Units = field(default_factory=lambda: parse_units({}))
    context: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    memory: Memory = field(default_factory=Memory)

    @property
    def walked(self) -> frozenset[str]:
        """The relations along which rules go on to other entities."""
        return self.memory.of(("walked",), self._walked)

    def _walked(self) -> frozenset[str]:
        return frozenset(name for rule in self.rules for name in (*rule.expand, *rule.up)) | self.parts

    @property
    def parts(self) -> frozenset[str]:
        """The relations from a thing to what it consists of."""
        return self.memory.of(("parts",), self._parts)

    def _parts(self) -> frozenset[str]:
        shared = frozenset(rule.relation for rule in self.rules if rule.type is RuleType.SHARED)
        return shared or frozenset(n for rule in self.rules for n in rule.expand if n not in rule.wordings)

    @property
    def variants(self) -> frozenset[str]:
        """The relations from a form of a thing to the thing itself."""
        return self.memory.of(("variants",), self._variants)

    def _variants(self) -> frozenset[str]:
        return frozenset(each.object_variants for each in self.schema.relations.values() if each.object_variants)

    @property
    def relations(self) -> frozenset[str]:
        """Every relation whose facts a check may read, with those from which such facts are derived."""
        covered = {step.relation for steps in self.policy.coverage.values() for step in steps}
        found = covered.union(self.parts, self.variants, self.policy.dosed, *(rule.relations for rule in self.rules))
        found |= {self.policy.taken_as} - {""}
        chains = (self.schema.relations[name].chain for name in found)
        return frozenset(found.union(step.relation for chain in chains if chain for step in chain.steps))


def open_setting(pack: Pack, rules: Iterable[Rule], index: NameIndex, sources: Mapping[str, Source]) -> Setting:
    """Return the setting of a pack.

    Raises:
        PackInvalid: `safety.yaml` or `units.yaml` do not fit.
    """
    policy, units = parse_policy(pack.safety, pack.schema, pack.context), parse_units(pack.units)
    return Setting(
        tuple(rules), pack.schema, index, pack.reference_language, policy, units, dict(pack.context), sources
    )


def safety_faults(pack: Pack) -> tuple[str, ...]:
    """Return what is wrong with a pack's `safety.yaml` and `units.yaml`, for `kg.pack.read`."""
    keys = [source.key for source in pack.graph.sources]
    faults = [*policy_faults(pack.safety, pack.schema, pack.context), *unit_faults(pack.units, keys)]
    if not faults:
        forms = parse_policy(pack.safety, pack.schema, pack.context).forms
        for rule in pack.rules:
            when = rule["when"]
            faults += [
                f"rules.yaml: {rule['id']}: {name!r} is none of the forms of safety.yaml"
                for name in (*when.get("stated", ()), *when.get("unless", ()))
                if name not in forms
            ]
    return tuple(faults)
