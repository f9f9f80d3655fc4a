"""Prints verdicts on claims and texts for people: each statement, what the graph says, why, and from where."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console
from rich.text import Text

from bencao.v1.claim_pb2 import ClaimVerdict
from bencao.v1.graph_pb2 import Fact, Subgraph
from bencao.v1.verification_service_pb2 import Sentence, VerifyTextResponse
from kg.messages import text
from services.cli.show import VERDICT_MARKS, citations, field, label, line, word

__all__ = ["show_text", "show_verdicts"]

_WIDTH: Final = 6


def show_text(words: str, checked: VerifyTextResponse, language: str, console: Console) -> None:
    """Print each sentence of a text with its verdicts, and the worst of them."""
    data = words.encode()
    facts = {fact.name: fact for fact in checked.evidence.facts}
    for sentence in checked.sentences:
        said = data[sentence.start_byte : sentence.end_byte].decode(errors="replace").strip()
        if not said:
            continue
        plain = sentence.kind == Sentence.KIND_NON_FACTUAL
        line(console, said, style="dim" if plain else "bold")
        if plain:
            line(console, "  " + text("cli.sentence.non_factual", language), style="dim")
        if sentence.kind == Sentence.KIND_PARTLY_CHECKED:
            line(console, "  " + text("cli.sentence.partly_checked", language), style="yellow")
        for number in sentence.verdicts:
            _show(checked.verdicts[number], facts, language, console)
    worst = word(checked, "overall")
    field(
        console,
        text("cli.overall", language),
        text("cli.nothing_stated", language) if worst == "unspecified" else label("verdict", worst, language),
    )
    field(console, text("cli.revision", language), checked.verified_at.token)


def show_verdicts(
    verdicts: Iterable[ClaimVerdict], evidence: Subgraph, revision: str, language: str, console: Console
) -> None:
    """Print verdicts on typed claims."""
    facts = {fact.name: fact for fact in evidence.facts}
    names = {entity.name: entity.display_name for entity in evidence.entities}
    for verdict in verdicts:
        claim = verdict.claim
        ends = [names.get(end, end.rpartition("/")[2]) for end in (claim.subject, claim.object)]
        said = claim.text or " ".join(filter(None, (ends[0], claim.predicate, ends[1])))
        line(console, said, style="bold")
        _show(verdict, facts, language, console, is_named=False)
    field(console, text("cli.revision", language), revision)


def _show(
    verdict: ClaimVerdict, facts: Mapping[str, Fact], language: str, console: Console, *, is_named: bool = True
) -> None:
    found = word(verdict, "verdict")
    mark, style = VERDICT_MARKS.get(found, ("?", "yellow"))
    first = Text(f"  {mark} {label('verdict', found, language)} ({word(verdict, 'reason')})", style=style)
    if is_named and verdict.claim.text:
        first.append(f" · {verdict.claim.text.strip()}", style="default")
    line(console, first)
    indent = " " * _WIDTH
    if verdict.rationale:
        line(console, indent + verdict.rationale, style="dim")
    if verdict.HasField("comparison"):
        made = verdict.comparison
        said = text(
            "cli.comparison", language, given=f"{made.given:g}", limit=f"{made.limit:g}", unit=made.unit,
            ratio=f"{made.ratio:.3g}",
        )  # fmt: skip
        line(console, indent + said, style="dim")
    for title, names in (("cli.for", verdict.supporting_facts), ("cli.against", verdict.refuting_facts)):
        for citation in dict.fromkeys(citations((facts[name] for name in names if name in facts), language)):
            line(console, f"{indent}{text(title, language)}: {citation}", style="dim")
