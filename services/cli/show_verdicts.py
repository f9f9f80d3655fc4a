"""Prints verdicts on claims and texts for people: each statement, what the graph says, why, and from where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.text import Text

from bencao.v1.claim_pb2 import ClaimVerdict
from bencao.v1.graph_pb2 import Fact, Subgraph
from bencao.v1.verification_service_pb2 import Sentence, VerifyTextResponse
from kg.messages import text
from services.cli.show import VERDICT_MARKS, citations, field, label, line, word
from services.cli.state import Names, names_of, stated

__all__ = ["show_text", "show_verdicts"]

_INDENT: Final = " " * 6
_ENDS: Final = " \t\r\n.。,，;；:：!！?？"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What printing a verdict needs: the facts and names of the response, the language, and where to print."""

    facts: Mapping[str, Fact]
    names: Names
    language: str
    console: Console


def show_text(
    words: str, checked: VerifyTextResponse, relations: Mapping[str, str], language: str, console: Console
) -> None:
    """Print each sentence of a text with its verdicts, and the worst of them; `relations` is predicate → label."""
    shown = _of(checked.evidence, relations, language, console)
    data = words.encode()
    for sentence in checked.sentences:
        said = data[sentence.start_byte : sentence.end_byte].decode(errors="replace").strip()
        if not said:
            continue
        plain = sentence.kind == Sentence.KIND_NON_FACTUAL
        line(console, said, style="dim" if plain else "bold")
        if plain and not sentence.verdicts:
            line(console, "  " + text("cli.sentence.non_factual", language), style="dim")
        if sentence.kind == Sentence.KIND_PARTLY_CHECKED:
            line(console, "  " + text("cli.sentence.partly_checked", language), style="yellow")
        for number in sentence.verdicts:
            _show(number + 1, checked.verdicts[number], said, shown)
    worst = word(checked, "overall")
    field(
        console,
        text("cli.overall", language),
        text("cli.nothing_stated", language) if worst == "unspecified" else label("verdict", worst, language),
    )
    field(console, text("cli.revision", language), checked.verified_at.token)


def show_verdicts(
    verdicts: Iterable[ClaimVerdict],
    evidence: Subgraph,
    revision: str,
    relations: Mapping[str, str],
    language: str,
    console: Console,
) -> None:
    """Print verdicts on typed claims; `relations` is predicate → label."""
    shown = _of(evidence, relations, language, console)
    for number, verdict in enumerate(verdicts, start=1):
        _show(number, verdict, "", shown)
    field(console, text("cli.revision", language), revision)


def _of(evidence: Subgraph, relations: Mapping[str, str], language: str, console: Console) -> _Shown:
    return _Shown({fact.name: fact for fact in evidence.facts}, names_of(evidence, relations), language, console)


def _show(number: int, verdict: ClaimVerdict, sentence: str, shown: _Shown) -> None:
    """Print one verdict: what was claimed, in the graph's terms and in the text's, and all that stands behind it."""
    language, claim = shown.language, verdict.claim
    found = word(verdict, "verdict")
    mark, style = VERDICT_MARKS.get(found, ("?", "yellow"))
    span = claim.text.strip()
    claimed = stated(claim, shown.names, language)
    reason = label("reason", word(verdict, "reason"), language)
    first = Text(
        f"  {mark} {number}. " + text("cli.judged", language, verdict=label("verdict", found, language), reason=reason),
        style=style,
    )
    first.append(f" · {claimed or span}", style="default")
    line(shown.console, first)
    details = [text("cli.said", language, text=span)] if claimed and span.strip(_ENDS) != sentence.strip(_ENDS) else []
    for each in (*(details if span else ()), verdict.rationale, *_behind(verdict, shown)):
        line(shown.console, _INDENT + each, style="dim")


def _behind(verdict: ClaimVerdict, shown: _Shown) -> Iterable[str]:
    """Yield the facts for and against with where they are from, what derived ones come from, and the rules applied."""
    language = shown.language
    against = "cli.against" if word(verdict, "verdict") == "refuted" else "cli.related"
    for title, names in (("cli.for", verdict.supporting_facts), (against, verdict.refuting_facts)):
        facts = [shown.facts[name] for name in names if name in shown.facts]
        for citation in dict.fromkeys(citations(facts, language)):
            yield f"{text(title, language)}: {citation}"
        premises = dict.fromkeys(premise for fact in facts for premise in fact.derived_from)
        for premise in (shown.facts[name] for name in premises if name in shown.facts):
            yield f"  {text('cli.premise', language)}: {stated(premise, shown.names, language)}"
    rules = [step.rpartition("/rules/")[2].partition(":")[0] for step in verdict.proof if "/rules/" in step]
    if len(rules) > 1:
        yield f"{text('cli.proof', language)}: {' → '.join(dict.fromkeys(rules))}"
