"""Stated amounts against recorded ones: over and under, per day or per dose, by the form in which a thing is taken.

What cannot be compared (a unit without a size, a form or a frequency that is not said) is asked for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kg.messages import text
from kg.model import Fact
from kg.rules import SEVERITIES, Rule, holds
from reasoning.answer import Comparison
from reasoning.safety.case import Item
from reasoning.safety.fire import Bench, End, Fired, has_also
from reasoning.safety.stated import Stated

__all__ = ["Judged", "amount_firings", "judged"]

_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one stated amount: `over`, `under`, `within`, `unclear` (with the reason) or `unlisted`.

    `given` is in the unit of `fact` and on its basis; `limit` is the end that it is beyond.
    """

    item: Item
    entity: str
    outcome: str
    fact: Fact | None = None
    given: float = 0.0
    limit: float = 0.0
    reason: str = ""
    facts: tuple[Fact, ...] = ()

    @property
    def ratio(self) -> float:
        """Given to limit."""
        return self.given / self.limit if self.limit else 0.0


def judged(relation: str, bench: Bench) -> list[Judged]:
    """Return what comes of every stated amount of what is surely meant, by the facts of a relation."""
    return [
        _by_form(item, item.ids[0], relation, bench)
        for item in bench.case.items
        if item.stated.amount is not None and item.taken.is_sure and item.ids
    ]


def _by_form(item: Item, entity: str, relation: str, bench: Bench) -> Judged:
    """Judge by every form that may be meant: only what holds for all of them is said."""
    listed = bench.facts.from_(entity, relation)
    facts = [fact for fact in listed if "low" in fact.qualifiers or "high" in fact.qualifiers]
    forms = [bench.setting.policy.forms[name] for name in item.stated.forms]
    wanted = {name for form in forms for name in form.objects}
    if wanted:
        alike = _alike(wanted, bench)
        others = [fact for fact in facts if bench.say.reference(fact.object) in alike - wanted]
        facts = [fact for fact in facts if bench.say.reference(fact.object) in wanted]
        if not facts and others and (beyond := _over_all(item, entity, others, bench)):
            return beyond
        if not facts and others:
            return Judged(item, entity, "unclear", others[0], reason="way", facts=tuple(others))
    if not facts:
        return Judged(item, entity, "unlisted", facts=listed)
    by_object: dict[str, list[Fact]] = {}
    for fact in facts:
        by_object.setdefault(fact.object, []).append(fact)
    found = [_envelope([_against(item, entity, fact, bench) for fact in same]) for same in by_object.values()]
    outcomes = {each.outcome for each in found}
    over = [each for each in found if each.outcome == "over"]
    if over and outcomes <= {"over", "unclear"}:
        return min(over, key=lambda each: each.ratio)
    if not over and not outcomes & {"unclear"}:
        return max(found, key=lambda each: (each.outcome == "within", each.ratio))
    unclear = next((each for each in found if each.outcome == "unclear"), None)
    reason = unclear.reason if unclear and len(found) == 1 else "form"
    return Judged(item, entity, "unclear", found[0].fact, reason=reason, facts=tuple(facts))


def _alike(wanted: set[str], bench: Bench) -> set[str]:
    """Return the ways of use of all forms that share one with those wanted: by mouth, whatever it is made into."""
    forms = (set(form.objects) for form in bench.setting.policy.forms.values())
    return {name for form in forms if form & wanted for name in form}


def _over_all(item: Item, entity: str, facts: Sequence[Fact], bench: Bench) -> Judged | None:
    """Return by how much an amount is over every one recorded for other forms; None if it is not."""
    found = [_against(item, entity, fact, bench) for fact in facts]
    if any(each.outcome != "over" for each in found):
        return None
    return min(found, key=lambda each: each.ratio)


def _envelope(found: Sequence[Judged]) -> Judged:
    """Of several amounts for one form (of different parts) what is within any of them is within."""
    order = ("within", "unclear", "under", "over")
    outcome = min((each.outcome for each in found), key=order.index)
    same = [each for each in found if each.outcome == outcome]
    return min(same, key=lambda each: abs(each.ratio - 1))


def _against(item: Item, entity: str, fact: Fact, bench: Bench) -> Judged:
    setting, said = bench.setting, item.stated
    amount = said.amount
    assert amount is not None  # noqa: S101  only such items are judged
    size = setting.units.convert(1.0, amount.unit, str(fact.qualifiers.get("unit", "")))
    low, high = fact.qualifiers.get("low"), fact.qualifiers.get("high")
    if size is None:
        return Judged(item, entity, "unclear", fact, reason="unit")
    most = size * (amount.high if amount.high is not None else amount.low or 0.0)
    least = size * (amount.low if amount.low is not None else amount.high or 0.0)
    factor, is_bound = _per(said, str(fact.qualifiers.get("basis", "")), bench)
    if isinstance(high, float) and most * factor > high * (1 + _SLACK):
        if is_bound != "upper":
            return Judged(item, entity, "over", fact, most * factor, high)
        return Judged(item, entity, "unclear", fact, reason="often")
    if is_bound == "lower":
        return Judged(item, entity, "unclear", fact, reason="often")
    if isinstance(low, float) and least * factor < low * (1 - _SLACK) and not is_bound:
        return Judged(item, entity, "under", fact, least * factor, low)
    return Judged(item, entity, "within", fact, most * factor, high if isinstance(high, float) else 0.0)


def _per(said: Stated, basis: str, bench: Bench) -> tuple[float, str]:
    """Return the factor from the stated amount to one on the basis of a fact, and whether that is only a bound."""
    policy, times = bench.setting.policy, said.times
    if basis == policy.each and basis and not said.is_each:
        return (1 / times, "") if times else (1.0, "upper")  # a day's amount is at least one dose
    if basis == policy.daily and basis and said.is_each:
        return (times, "") if times else (1.0, "lower")  # one dose is at most a day's amount
    return 1.0, ""


def amount_firings(rule: Rule, bench: Bench, found: Iterable[Judged]) -> Iterator[Fired]:
    """Yield a firing for each amount that is out of bounds or cannot be compared, and for each total that is."""
    is_adult = all(
        bench.case.context.get(key) is None or holds(bench.case.context[key], wanted)
        for key, wanted in bench.setting.policy.adult.items()
    )
    alone: dict[str, float] = {}
    for each in found:
        if not has_also(rule, each.entity, bench):
            continue
        if each.outcome == "unclear":
            reason = text(f"amount_{each.reason}", bench.say.language)
            said = {"given": _written(each, bench), "range": _range(each.facts, bench), "reason": reason}
            facts = each.facts or ((each.fact,) if each.fact else ())
            yield Fired(rule, facts, End(each.entity), None, (), "info", (each.entity,), said, rule.unclear)
        elif each.outcome in {"over", "under"} and each.fact and (each.outcome == "over" or is_adult):
            level = rule.band(each.ratio, is_under=each.outcome == "under")
            alone[each.entity] = each.ratio
            wholes = _recorded(rule, each, bench) if level and rule.recorded else []
            if wholes and each.outcome == "over":
                level = min(level, rule.recorded, key=SEVERITIES.index)
            if level and not (wholes and each.outcome == "under"):
                yield _fired(rule, each, level, wholes, bench)
    yield from _totals(rule, bench, alone)


def _recorded(rule: Rule, each: Judged, bench: Bench) -> list[Fact]:
    """Return the facts that wholes, all of whose parts are used, have as much (or as little) of a thing as is given."""
    used = set(bench.case.ids)
    found = []
    for fact in bench.facts.reaching.get((each.entity, rule.parts), ()):
        low, high = fact.qualifiers.get("low"), fact.qualifiers.get("high")
        size = bench.setting.units.convert(
            1.0, str(fact.qualifiers.get("unit", "")), str(each.fact.qualifiers.get("unit", "")) if each.fact else ""
        )
        if size is None or fact.qualifiers.get("basis") != bench.setting.policy.daily:
            continue
        end = high if each.outcome == "over" else low
        fits = isinstance(end, float) and (
            each.given <= end * size * (1 + _SLACK)
            if each.outcome == "over"
            else each.given >= end * size * (1 - _SLACK)
        )
        if fits and {link.object for link in bench.facts.from_(fact.subject, rule.parts)} <= used:
            found.append(fact)
    return found


def _fired(rule: Rule, each: Judged, level: str, wholes: Sequence[Fact], bench: Bench) -> Fired:
    fact = each.fact
    assert fact is not None  # noqa: S101  an amount is out of the bounds of some fact
    said = {
        "given": _written(each, bench),
        "limit": _amount(each.limit, fact, bench),
        "ratio": f"{each.ratio:.2g}" if each.ratio < 100 else f"{each.ratio:.0f}",  # noqa: PLR2004  three figures
        "range": _range([fact], bench),
        "reason": "",
        "through": bench.say.listed(sorted(bench.say.label(whole.subject) for whole in wholes)),
    }
    unit, basis = str(fact.qualifiers.get("unit", "")), str(fact.qualifiers.get("basis", ""))
    comparison = Comparison(each.given, each.limit, each.ratio, unit, basis)
    words = rule.under if each.outcome == "under" else {}
    return Fired(rule, (fact,), End(each.entity), None, (fact.object,), level, (each.entity,), said, words, comparison)


def _totals(rule: Rule, bench: Bench, alone: dict[str, float]) -> Iterator[Fired]:
    """Yield a firing for each thing that is there several times, by itself or in wholes, and is too much together."""
    if not rule.total or bench.case.is_mention:
        return
    amounts: dict[str, list[tuple[float, tuple[Fact, ...]]]] = {}
    policy, units = bench.setting.policy, bench.setting.units
    for item in bench.case.items:
        amount = item.stated.amount
        if not item.taken.is_sure or not item.ids:
            continue
        if amount is not None and amount.unit and not item.stated.forms - {policy.handled} and not item.stated.is_each:
            given = units.convert(amount.high if amount.high is not None else amount.low or 0.0, amount.unit, "g")
            if given is not None:
                amounts.setdefault(item.ids[0], []).append((given, ()))
        for link in bench.facts.from_(item.ids[0], rule.parts) if rule.parts and amount is None else ():
            high = link.qualifiers.get("high", link.qualifiers.get("low"))
            size = units.convert(1.0, str(link.qualifiers.get("unit", "")), "g")
            if link.qualifiers.get("basis") == policy.daily and isinstance(high, float) and size is not None:
                amounts.setdefault(link.object, []).append((high * size, (link,)))
    for entity, parts in amounts.items():
        if len(parts) > 1 and has_also(rule, entity, bench):
            yield from _total(rule, entity, parts, bench, alone.get(entity, 0.0))


def _total(
    rule: Rule, entity: str, parts: Sequence[tuple[float, tuple[Fact, ...]]], bench: Bench, alone: float
) -> Iterator[Fired]:
    policy = bench.setting.policy
    highest: Fact | None = None
    for fact in bench.facts.from_(entity, rule.relation):
        high = fact.qualifiers.get("high")
        fits = fact.qualifiers.get("basis") == policy.daily and isinstance(high, float)
        if fits and (highest is None or high > highest.qualifiers["high"]):  # type: ignore[operator]
            highest = fact
    if highest is None:
        return
    size = bench.setting.units.convert(1.0, "g", str(highest.qualifiers.get("unit", "")))
    if size is None:
        return
    total, limit = size * sum(given for given, _ in parts), float(highest.qualifiers["high"])
    level = rule.band(total / limit, is_under=False) if limit else ""
    if not level or total / limit <= alone * (1 + _SLACK):
        return
    links = tuple(link for _, held in parts for link in held)
    said = {
        "given": f"{total:.6g} {highest.qualifiers.get('unit', '')}".strip(),
        "limit": _amount(limit, highest, bench),
        "ratio": f"{total / limit:.2g}",
        "range": _range([highest], bench),
        "reason": "",
    }
    comparison = Comparison(
        total, limit, total / limit, str(highest.qualifiers.get("unit", "")), str(highest.qualifiers.get("basis", ""))
    )
    yield Fired(
        rule, (highest,), End(entity, links), None, (highest.object,), level, (entity, "total"), said, rule.total,
        comparison,
    )  # fmt: skip


def _written(each: Judged, bench: Bench) -> str:
    """Say an amount as it was written, with what it is in grams by which factor."""
    amount = each.item.stated.amount
    assert amount is not None  # noqa: S101  only such items are judged
    if amount.factor is None:
        return amount.written
    unit = bench.setting.units.unit(amount.given_unit)
    name = bench.say.text(unit.label) if unit and unit.label else amount.given_unit
    work = bench.setting.sources.get(amount.factor.source)
    ends = [f"{end:g}" for end in dict.fromkeys((amount.low, amount.high)) if end is not None]
    return text(
        "converted",
        bench.say.language,
        written=amount.written,
        value="–".join(ends),
        unit=amount.unit,
        factor=f"1 {name} = {amount.factor.value:g} {amount.unit}",
        source=work.title if work else amount.factor.source,
    )


def _amount(value: float, fact: Fact, bench: Bench) -> str:
    return f"{value:.6g} {fact.qualifiers.get('unit', '')}".strip() + _basis(fact, bench)


def _basis(fact: Fact, bench: Bench) -> str:
    basis = str(fact.qualifiers.get("basis", ""))
    declared = bench.setting.schema.qualifiers.get("basis")
    label = declared.labels.get(basis, {}).get(bench.say.language, "") if declared else ""
    return text("aside", bench.say.language, name="", others=label) if label else ""


def _range(facts: Iterable[Fact], bench: Bench) -> str:
    said = []
    for fact in facts:
        low, high = fact.qualifiers.get("low"), fact.qualifiers.get("high")
        ends = "–".join(f"{end:g}" for end in dict.fromkeys((low, high)) if isinstance(end, float))
        said.append(f"{bench.say.label(fact.object)} {ends} {fact.qualifiers.get('unit', '')}{_basis(fact, bench)}")
    return bench.say.listed(said)
