"""Prints answers and entities for people: aligned, coloured on a terminal, in the asker's language."""

from collections.abc import Iterable, Iterator
from typing import Final

from google.protobuf import json_format
from google.protobuf.message import Message
from rich.console import Console
from rich.text import Text

from bencao.v1.answer_service_pb2 import Answer
from bencao.v1.graph_pb2 import Fact
from bencao.v1.graph_service_pb2 import GetEntityResponse
from bencao.v1.safety_pb2 import Finding
from kg.messages import text

__all__ = [
    "SEVERITY_STYLES",
    "VERDICT_MARKS",
    "citations",
    "field",
    "heading",
    "label",
    "language_of",
    "line",
    "show_answer",
    "show_entity",
    "word",
]

VERDICT_MARKS: Final = {"supported": ("✓", "green"), "refuted": ("✗", "red")}
SEVERITY_STYLES: Final = {"contraindicated": "bold red", "major": "red", "moderate": "yellow"}
FIRST_HAN, LAST_HAN = "\u4e00", "\u9fff"


def language_of(words: str) -> str:
    """Return `zh` if `words` has a Chinese character, else `en`: the language of the labels around an answer."""
    return "zh" if any(FIRST_HAN <= character <= LAST_HAN for character in words) else "en"


def show_answer(answer: Answer, language: str, console: Console) -> None:
    """Print an answer with its outcome, plan, claims, findings, completeness, revision and cost."""
    heading(console, text("cli.answer", language))
    line(console, answer.text, style="bold")
    outcome = label("outcome", word(answer, "outcome"), language)
    field(console, text("cli.outcome", language), outcome)
    if answer.HasField("clarification"):
        names = ", ".join(candidate.display_name for candidate in answer.clarification.candidates)
        field(console, text("cli.candidates", language, mention=answer.clarification.mention), names)
    _show_plan(answer, language, console)
    _show_claims(answer, language, console)
    _show_findings(answer.findings, language, console)
    if answer.HasField("completeness"):
        counts = {"shown": answer.completeness.shown, "total": answer.completeness.total}
        field(console, text("cli.completeness", language), text("cli.shown_of", language, **counts))
    if answer.degradations:
        lacking = ", ".join(label("degradation", word, language) for word in _words(answer, "degradations"))
        field(console, text("cli.degradations", language), lacking)
    field(console, text("cli.revision", language), answer.answered_at.token)
    usage = answer.usage
    seconds = text("cli.seconds", language, seconds=usage.elapsed.ToNanoseconds() / 1e9)
    cost = text(
        "cli.cost",
        language,
        queries=usage.graph_queries,
        calls=usage.model_calls,
        input=usage.input_tokens,
        output=usage.output_tokens,
    )
    field(console, text("cli.time", language), f"{seconds} · {cost}")


def show_entity(response: GetEntityResponse, language: str, console: Console) -> None:
    """Print an entity with its names, properties and the number of its facts by relation."""
    entity = response.entity
    line(console, entity.display_name, style="bold")
    field(console, text("cli.entity.type", language), entity.type)
    if entity.aliases:
        field(console, text("cli.entity.aliases", language), ", ".join(entity.aliases))
    properties = json_format.MessageToDict(entity.properties)
    if properties:
        words = ", ".join(f"{key} = {value}" for key, value in properties.items())
        field(console, text("cli.entity.properties", language), words)
    counts = ", ".join(f"{relation} {count}" for relation, count in sorted(response.relation_counts.items()))
    if counts:
        field(console, text("cli.entity.relations", language), counts)
    field(console, text("cli.entity.id", language), entity.name)


def _show_plan(answer: Answer, language: str, console: Console) -> None:
    if not answer.plan.steps:
        return
    by_rules = answer.plan.planner in {"", "rules"}
    planner = (
        text("cli.planner.rules", language)
        if by_rules
        else text("cli.planner.model", language, name=answer.plan.planner)
    )
    heading(console, text("cli.plan", language, planner=planner))
    for number, step in enumerate(answer.plan.steps, start=1):
        rows = text("cli.rows", language, rows=step.rows)
        line(console, f"  {number}. {step.description} [{rows}]")


def _show_claims(answer: Answer, language: str, console: Console) -> None:
    if not answer.claims:
        return
    heading(console, text("cli.claims", language))
    facts = {fact.name: fact for fact in answer.subgraph.facts}
    for checked in answer.claims:
        verdict = word(checked, "verdict")
        mark, style = VERDICT_MARKS.get(verdict, ("?", "yellow"))
        said = Text(f"  {mark} ", style=style)
        said.append(label("verdict", verdict, language), style=style)
        said.append(f" · {checked.claim.text}", style="default")
        line(console, said)
        if checked.rationale:
            line(console, f"      {checked.rationale}", style="dim")
        named = [facts[name] for name in (*checked.supporting_facts, *checked.refuting_facts) if name in facts]
        for citation in dict.fromkeys(citations(named, language)):
            line(console, f"      {citation}", style="dim")


def citations(facts: Iterable[Fact], language: str) -> Iterator[str]:
    """Yield where each fact was taken from, how far that was checked, and whether it was derived."""
    for fact in facts:
        for evidence in fact.evidence:
            review = label("review", word(evidence, "review"), language)
            named = evidence.source_version in evidence.source
            edition = "" if named else f" {evidence.source_version}"
            derived = (" · " + text("cli.derived", language, count=len(fact.derived_from))) if fact.derived_from else ""
            yield f"{evidence.source}{edition}, {evidence.locator} · {review}{derived}"


def _show_findings(findings: Iterable[Finding], language: str, console: Console) -> None:
    for number, finding in enumerate(findings):
        if not number:
            heading(console, text("cli.findings", language))
        severity = word(finding, "severity")
        said = Text("  ! " + label("severity", severity, language), style=SEVERITY_STYLES.get(severity, "cyan"))
        said.append(f" · {finding.message}", style="default")
        line(console, said)


def word(message: Message, name: str) -> str:
    """Return the value of an enum field in lower case without its prefix; `unspecified` for one we do not know."""
    return _name(message, name, getattr(message, name))


def _words(message: Message, name: str) -> list[str]:
    """The same for a repeated field."""
    return [_name(message, name, number) for number in getattr(message, name)]


def _name(message: Message, name: str, number: int) -> str:
    enum = message.DESCRIPTOR.fields_by_name[name].enum_type
    known = enum.values_by_number  # type: ignore[union-attr]  # only enum fields are asked for
    prefix = known[0].name.removesuffix("UNSPECIFIED")
    return known.get(number, known[0]).name.removeprefix(prefix).lower()


def label(kind: str, value: str, language: str) -> str:
    """Return the words for a value of an enum."""
    return text(f"cli.{kind}.{value}", language)


def heading(console: Console, words: str) -> None:
    """Print a heading."""
    line(console, words, style="bold cyan")


def field(console: Console, title: str, value: str) -> None:
    """Print a titled value."""
    said = Text(title, style="bold cyan")
    said.append(f": {value}", style="default")
    line(console, said)


def line(console: Console, words: str | Text, *, style: str = "") -> None:
    """Print one line; into a pipe, lines stay whole: other programs read them."""
    console.print(Text(words, style=style) if isinstance(words, str) else words, soft_wrap=not console.is_terminal)
