"""Prints a safety check for people: the conclusion, what was found, and what it rests on."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from bencao.v1.decision_service_pb2 import CheckSafetyResponse
from bencao.v1.graph_pb2 import Fact
from bencao.v1.safety_pb2 import Finding
from kg.messages import text
from services.cli.show import SEVERITY_STYLES, citations, field, heading, label, line, word

__all__ = ["show_check"]


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
        works = f": {text('list_separator', language).join(rule.sources)}" if rule.sources else ""
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
    if found.unlinked:
        field(console, text("cli.unlinked", language), separator.join(found.unlinked))


def _show(finding: Finding, facts: Mapping[str, Fact], language: str, console: Console) -> None:
    severity = word(finding, "severity")
    said = Text("  ! " + label("severity", severity, language), style=SEVERITY_STYLES.get(severity, "cyan"))
    said.append(f" · {finding.message}", style="default")
    line(console, said)
    for title, words in (("cli.why", finding.mechanism), ("cli.advice", finding.management)):
        if words:
            line(console, f"      {text(title, language)}: {words}", style="dim")
    for citation in dict.fromkeys(citations((facts[name] for name in finding.facts if name in facts), language)):
        line(console, f"      {text('cli.because', language)}: {citation}", style="dim")
    if finding.HasField("acknowledgement"):
        line(console, "      " + text("cli.accepted", language, reason=finding.acknowledgement.reason), style="dim")
