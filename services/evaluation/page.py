"""Draws the report: one page that loads nothing, and the table of the README."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kg.messages import text
from kg.pack.content import Pack
from reasoning.evaluation.questions import Case, Gold
from services.evaluation.tallies import Figure, Scored, Tally, compared, tally

__all__ = ["markdown", "page", "told_gold"]

_TEMPLATE: Final = "page.html"
_SHOWN: Final = 400  # wrong answers of an arm


def page(pack: Pack, arms: Mapping[str, Sequence[Scored]], about: Mapping[str, Any], language: str) -> str:
    """Return the report as HTML: plots, tables by kind and language, McNemar's test, every wrong answer."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("services.evaluation", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    names = {entity.id: entity.label(language, pack.reference_language) for entity in pack.graph.entities}
    facts = {fact.id: f"{names[fact.subject]} {fact.predicate} {names[fact.object]}" for fact in pack.graph.facts}
    wrong = {
        arm: [each for each in told if each.score.hallucinated or not (each.score.exact or each.score.abstained)]
        for arm, told in arms.items()
    }
    return environment.get_template(_TEMPLATE).render(
        title=text("evaluation.title", language, pack=pack.title.get(language, pack.id)),
        language=language,
        about=about,
        tallies={arm: tally(told) for arm, told in arms.items()},
        kinds=_groups(arms, lambda case: case.kind),
        languages=_groups(arms, lambda case: case.language),
        parts=_groups(arms, lambda case: case.part),
        pairs=[(a, b, *compared(arms[a], arms[b])) for a in arms for b in arms if a < b],
        wrong={arm: each[:_SHOWN] for arm, each in wrong.items()},
        counts={arm: len(each) for arm, each in wrong.items()},
        say=lambda key: text(f"evaluation.{key}", language),
        share=_percent,
        gold=lambda case: told_gold(case.gold, names),
        fact=lambda identity: facts.get(identity, identity),
    )


def markdown(arms: Mapping[str, Sequence[Scored]], about: Mapping[str, Any]) -> str:
    """Return the table of the README between its markers, in English."""
    say = _english
    columns = (
        "arm",
        "exact",
        "zh",
        "en",
        "wrong",
        "hallucinated",
        "abstention_recall",
        "over_abstention",
        "p50",
        "p95",
    )
    lines = [
        "<!-- answers -->",
        ", ".join(f"{key}: {value}" for key, value in about.items()),
        "",
        "| " + " | ".join(say(each) for each in columns) + " |",
        "| " + " | ".join("---" for _ in columns) + " |",
    ]
    for arm, told in arms.items():
        whole = tally(told)
        by = {each: tally([one for one in told if one.case.language == each]).exact for each in ("zh", "en")}
        figures = (whole.exact, by["zh"], by["en"], whole.wrong, whole.hallucinated)
        cells = [say(f"arm.{arm}"), *map(_percent, figures), _percent(whole.abstention_recall)]
        cells += [_percent(whole.over_abstention), f"{whole.p50:.2f} s", f"{whole.p95:.2f} s"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "<!-- /answers -->"])


def _english(key: str) -> str:
    return text(f"evaluation.{key}", "en")


def _groups(arms: Mapping[str, Sequence[Scored]], key: Callable[[Case], str]) -> dict[str, dict[str, Tally]]:
    """Return group → arm → its figures; what matters of a group that must not be answered is abstention."""
    groups = sorted({key(each.case) for told in arms.values() for each in told})
    return {
        group: {arm: tally([each for each in told if key(each.case) == group]) for arm, told in arms.items()}
        for group in groups
    }


def _percent(figure: Figure | float) -> str:
    if isinstance(figure, float):
        return f"{figure:.3f}"
    if not figure.number:
        return "–"
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def told_gold(gold: Gold, names: Mapping[str, str]) -> str:
    """Return gold in words, for people and for judges."""
    own = [*sorted(names[each] for each in gold.entities), *gold.amounts, gold.reason]
    own += [" ".join((names[s], p, names[o])) for s, p, o in gold.refute] + [
        told_gold(part, names) for part in gold.parts
    ]
    value = {"yes": str(gold.yes).lower(), "number": f"{gold.number:g}"}.get(gold.form, "")
    return f"{gold.form}: {'; '.join(each for each in (*own, value) if each)}"
