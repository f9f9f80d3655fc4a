"""Prints a safety check for people: the conclusion, what was found, and what it rests on."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from bencao.v1.decision_service_pb2 import CheckSafetyResponse
from bencao.v1.graph_pb2 import Fact
from bencao.v1.safety_pb2 import Finding
from kg.messages import text
from services.cli.show import SEVERITY_STYLES, citations, field, heading, label, line, word

__all__ = ["show_check"]

_FEW: Final = 3  # works that a rule names in text


def show_check(found: CheckSafetyResponse, language: str, console: Console) -> None:
    """Print conclusion, findings, what each name was taken for, what is missing, and the rules looked at."""
    field(console, text("cli.conclusion", language), label("conclusion", word(found, "conclusion"), language))
    if found.summary:
        line(console, found.summary)
    facts = {fact.name: fact for fact in found.evidence.facts}
    if found.findings:
        heading(console, text("cli.findings", language))
    for finding in found.findings:
        _show(finding, facts, language, console)
    _show_names(found, language, console)
    if found.missing_context:
        field(console, text("cli.missing_context", language), ", ".join(found.missing_context))
    if found.applied:
        heading(console, text("cli.applied", language))
    for rule in found.applied:
        works = f": {_works(rule.sources, language)}" if rule.sources else ""
        line(console, f"  {rule.display_name}{works}", style="dim")
    field(console, text("cli.revision", language), found.checked_at.token)


def _show_names(found: CheckSafetyResponse, language: str, console: Console) -> None:
    """Print what each name was taken for, and which ones were not recognised."""
    names = {entity.name: entity.display_name for entity in found.evidence.entities}
    separator = text("list_separator", language)

    def label_of(name: str) -> str:
        return names.get(name, name.rpartition("/")[2])

    if found.checked:
        heading(console, text("cli.taken_for", language))
    for each in found.checked:
        said = label_of(each.entity) or text("cli.unlinked", language)
        if each.candidates:
            said = text("cli.several", language, names=separator.join(map(label_of, each.candidates)))
        if each.members:
            parts = text("cli.consists_of", language, names=separator.join(map(label_of, each.members)))
            said = f"{said}; {parts}"
        line(console, f"  {each.text or label_of(each.entity)} → {said}")
    several = {each.text for each in found.checked if each.candidates}
    if unknown := [said for said in found.unlinked if said not in several]:
        field(console, text("cli.unlinked", language), separator.join(unknown))


def _works(titles: Sequence[str], language: str) -> str:
    """Return the first works by name and the others by their number; JSON has them all."""
    names = text("list_separator", language).join(titles[:_FEW])
    rest = len(titles) - _FEW
    return text("cli.more_sources", language, names=names, count=len(titles), more=rest) if rest > 0 else names


def _show(finding: Finding, facts: Mapping[str, Fact], language: str, console: Console) -> None:
    severity = word(finding, "severity")
    said = Text("  ! " + label("severity", severity, language), style=SEVERITY_STYLES.get(severity, "cyan"))
    said.append(f" · {finding.message}", style="default")
    line(console, said)
    rule, grade = finding.rule.rpartition("/")[2], label("grade", word(finding, "grade"), language)
    line(console, "      " + text("cli.rule", language, rule=rule, grade=grade), style="dim")
    for title, words in (("cli.why", finding.mechanism), ("cli.advice", finding.management)):
        if words:
            line(console, f"      {text(title, language)}: {words}", style="dim")
    for citation in dict.fromkeys(citations((facts[name] for name in finding.facts if name in facts), language)):
        line(console, f"      {text('cli.because', language)}: {citation}", style="dim")
    if finding.HasField("acknowledgement"):
        line(console, "      " + text("cli.accepted", language, reason=finding.acknowledgement.reason), style="dim")
