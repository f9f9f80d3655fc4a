"""Prescriptions as people write them: what is to be used with amount and handling, and who it is for.

`附子 10g 先煎, 姜半夏 9g; 孕妇; 华法林` · `aconite 10 g decocted first; pregnant; warfarin`. A part of the text is one
thing, several with amounts between them, or something about the person; what is none of these is a thing of an unknown
name, so that the check says that it was not looked at.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kg.amounts import find_amounts
from kg.linking.link import Mention, link
from kg.model import Scalar
from reasoning.lexicon import is_wide
from reasoning.safety.around import (
    BRACKET,
    NUMBER,
    TRIM,
    basis_words,
    form_words,
    is_time,
    lead_of,
    tail_of,
    without_each,
    without_per,
)
from reasoning.safety.model import Context, Subject
from reasoning.safety.names import taken_for
from reasoning.safety.person import Person
from reasoning.safety.plain import plain
from reasoning.safety.setting import Setting
from reasoning.safety.stated import has_word

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["Prescription", "parse_prescription", "read_prescription"]

_MASK: Final = "\u25af"
_SPLIT: Final = re.compile(r"[\n\r;,、。|/+*•·]|\.(?=\s|$)|(?<=\s)[xX×](?=\s*\d)|[×✕]|\s+(?=[^\W\d]{1,8}:)")
_LABEL: Final = re.compile(r"^[^:]{0,12}:\s*(?=\S)")
_BARE: Final = re.compile(  # a name, a number without a unit, and how it is handled
    r"(.*?[^\d.\s~-])\s*(\d{1,4}(?:\.\d{1,3})?(?:\s*[-~]\s*\d{1,4}(?:\.\d{1,3})?)?)(?!\d)\s*(\D*)"
)


@dataclass(frozen=True, slots=True)
class Prescription:
    """What a prescription says; `days` is for how many days (or doses of one day), if it says so."""

    subjects: tuple[Subject, ...]
    context: Context
    days: float | None = None


@dataclass(slots=True)
class _Line:
    """A subject while it is read."""

    name: str
    dose: str = ""
    preparation: list[str] = field(default_factory=list)


def parse_prescription(text: str, domain: "Domain", language: str = "") -> Prescription:
    """Return what a prescription of at most some thousand characters says.

    Args:
        text: in Chinese or English, one line or many.
        domain: the domain.
        language: not needed to read it; both languages are understood at once.
    """
    del language
    return read_prescription(text, domain.safety)


def read_prescription(text: str, setting: Setting) -> Prescription:
    """As `parse_prescription`, with the setting itself."""
    folded = plain(text)
    person = Person(setting)
    lines: list[_Line] = []
    everywhere: list[str] = []
    for group in _groups(folded, setting):
        first = len(lines)
        for part in group:
            rest = person.without(_without_heading(part, setting))
            if not rest:
                continue
            if _only_often(rest, setting):
                if len(lines) == first + 1:  # of several things it says how often they are taken together
                    lines[-1].dose += f" {rest}"
            elif said := _only_form(rest, setting):
                everywhere.append(said)
            elif not _says_nothing(rest, setting):
                _read_things(rest, lines, first, setting)
    context: dict[str, Scalar | list[str]] = person.context()
    subjects = [_subject(line, everywhere) for line in lines if line.name.strip(TRIM)]
    return Prescription(tuple(subjects), context, person.days)


def _groups(text: str, setting: Setting) -> Iterator[list[str]]:
    """Yield the parts of a text, together as far as one amount may be for all of them."""
    group: list[str] = []
    start = 0
    amounts = [(amount.start, amount.end) for amount in find_amounts(text, setting.units)]
    for match in _SPLIT.finditer(text):
        at = match.start()
        if _inside(text, at) or any(first < at < last for first, last in amounts) or _is_per(text, at, setting):
            continue
        group.append(text[start : match.start()].strip())
        start = match.end()
        if match[0] in "\n\r;。":
            yield [part for part in group if part]
            group = []
    group.append(text[start:].strip())
    yield [part for part in group if part]


def _inside(text: str, at: int) -> bool:
    """Say whether a place is inside brackets, or between the digits of one number."""
    before = text[:at]
    line = before[before.rfind("\n") + 1 :]
    if line.count("(") > line.count(")") and ")" in text[at : at + 40]:
        return True
    after = text[at + 1 : at + 2]
    return text[at] in ",/.·" and before[-1:].isdigit() and after.isdigit()


def _is_per(text: str, at: int, setting: Setting) -> bool:
    """Say whether a sign that divides begins a word for what an amount is per (`/日`)."""
    return any(text.casefold().startswith(word, at) for word in basis_words(setting) if word.startswith(text[at]))


def _without_heading(part: str, setting: Setting) -> str:
    """Leave out the heading of a part, and what it is about if that does not matter: one word."""
    label = _LABEL.match(part)
    if label is None:
        return part
    if label[0].rstrip(": \t").casefold() in setting.policy.unheard:
        return part[label.end() :].partition(" ")[2]
    return part if _known(part, setting) else part[label.end() :]


def _known(part: str, setting: Setting) -> bool:
    return taken_for(part, setting).is_sure


def _only_form(part: str, setting: Setting) -> str:
    """Return the part if it says nothing but how everything is prepared (`水煎服`)."""
    if any(_is_used(mention, setting) for mention in link(part, setting.index).mentions):
        return ""
    rest = part.casefold()
    if not has_word(rest, form_words(setting)):
        return ""
    words = (*form_words(setting), *setting.policy.fillers, *setting.units.frequencies, *basis_words(setting))
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return part if not any(character.isalpha() for character in rest) else ""


def _only_often(part: str, setting: Setting) -> bool:
    """Say whether a part says nothing but how often something is taken."""
    rest = part.casefold()
    if not has_word(rest, setting.units.frequencies):
        return False
    for word in sorted(
        (*setting.units.frequencies, *basis_words(setting), *form_words(setting)), key=len, reverse=True
    ):
        rest = rest.replace(word, " ")
    return not any(character.isalpha() for character in rest)


def _says_nothing(part: str, setting: Setting) -> bool:
    """Say whether a part only says in how many portions, or when, everything is taken."""
    rest = part.casefold()
    if not has_word(rest, setting.policy.fillers):
        return False
    for word in sorted(
        (*setting.policy.fillers, *setting.units.frequencies, *basis_words(setting)), key=len, reverse=True
    ):
        rest = rest.replace(word, " ") if is_wide(word[0]) else re.sub(rf"\b{re.escape(word)}\b", " ", rest)
    return not any(character.isalpha() for character in NUMBER.sub(" ", rest))


def _read_things(part: str, lines: list[_Line], first: int, setting: Setting) -> None:
    """Read the things of one part: names with amounts behind them, and what is said of their handling."""
    masked = _masked(part, setting)
    if all(line.dose for line in lines[first:]) and (found := _amounts_first(part, masked, setting)):
        lines.extend(found)
        return
    at, is_behind = 0, False  # is_behind: what follows stands behind an amount
    for amount in find_amounts(masked, setting.units):
        if is_time(masked, amount, setting) or amount.start < at:
            continue
        name = _handled(part[at : amount.start], lines, setting) if is_behind else part[at : amount.start]
        name, per = without_per(name, setting)
        name, for_each = without_each(name, setting)
        lines.extend(_Line(*single) for single in _names(name, setting))
        tail = tail_of(part, amount, setting)
        at = amount.end + len(tail)
        for line in _covered(lines[first:], for_each=for_each):
            line.dose = f"{line.dose} {per}{amount.written} {tail}".strip()
        is_behind = len(lines) > first
    rest = _handled(part[at:], lines, setting) if is_behind else part[at:]
    said = _only_form(rest, setting) if len(lines) > first else ""
    if said:
        lines[-1].preparation.append(said)
    else:
        lines.extend(_Line(*single) for single in _names(rest, setting))


def _amounts_first(part: str, masked: str, setting: Setting) -> list[_Line]:
    """Return the things of a part where each stands behind its amount (`10 g of …`); nothing if that is not so."""
    amounts = [amount for amount in find_amounts(masked, setting.units) if not is_time(masked, amount, setting)]
    if not amounts or part[: amounts[0].start].strip(TRIM):
        return []
    found: list[_Line] = []
    for amount, end in zip(amounts, [*(later.start for later in amounts[1:]), len(part)], strict=True):
        tail = tail_of(part, amount, setting)
        name = part[amount.end + len(tail) : end].strip(TRIM)
        words = name.split()
        while words and words[-1].casefold() in setting.policy.separate:
            words.pop()
        of = next((w for w in setting.policy.of if name.casefold().startswith(w if is_wide(w[0]) else f"{w} ")), "")
        names = _names(" ".join(words)[len(of) :], setting)
        if len(names) != 1 or not taken_for(names[0][0], setting).entities:
            return []
        found.append(_Line(names[0][0], f"{amount.written} {tail}".strip(), names[0][2]))
    return found


def _handled(text: str, lines: Sequence[_Line], setting: Setting) -> str:
    """Take what stands behind an amount for the handling of that thing; return the rest."""
    lead, rest = lead_of(text, setting)
    if lead.strip():
        lines[-1].preparation.append(lead.strip())
    return rest


def _covered(lines: Sequence[_Line], *, for_each: bool) -> list[_Line]:
    """Return the lines that an amount is for: the last one, or all that have none yet."""
    if not for_each:
        return list(lines[-1:])
    found = []
    for line in reversed(lines):
        if line.dose:
            break
        found.append(line)
    return found


def _masked(part: str, setting: Setting) -> str:
    """Return the part with its names blotted out, so that no number is read out of one."""
    shown = list(part)
    handling = setting.policy.handling
    for mention in link(part, setting.index).mentions:
        if not all(candidate.type in handling for candidate in mention.candidates) and len(mention.text) > 1:
            shown[mention.start : mention.end] = _MASK * (mention.end - mention.start)
    return "".join(shown)


def _names(text: str, setting: Setting) -> list[tuple[str, str, list[str]]]:
    """Return the names in a text with what brackets say of each: one, or several that fill it."""
    said = [match[0][1:-1] for match in BRACKET.finditer(text)]
    name = _unjoined(BRACKET.sub(" ", text).strip(TRIM), setting)
    if not name:
        return []
    is_followed = any(_only_form(word, setting) for word in name.split()[1:])
    if not is_followed and (taken_for(name, setting).entities or taken_for(text, setting).entities):
        return [(name, "", said)]
    mentions = [m for m in link(name, setting.index).mentions if _is_used(m, setting)]
    rest = list(name)
    for mention in mentions:
        rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    between = "".join(rest).casefold()
    for word in setting.policy.separate:
        between = between.replace(word, " ") if is_wide(word[0]) else re.sub(rf"\b{re.escape(word)}\b", " ", between)
    if len(mentions) > 1 and not any(c.isalnum() for c in between):
        return [(m.text, "", said if m is mentions[-1] else []) for m in mentions]
    words = name.split() if any(map(is_wide, name)) else _joined(name, setting)
    if len(words) > 1:
        return _each_name(words, setting)
    bare = _BARE.fullmatch(name)
    if bare and taken_for(bare[1], setting).entities and not lead_of(bare[3], setting)[1].strip():
        return [(bare[1], bare[2], [*said, bare[3]] if bare[3] else said)]
    return [(name, "", said)]


def _each_name(words: Iterable[str], setting: Setting) -> list[tuple[str, str, list[str]]]:
    """Return the names among words; what only says how something is prepared belongs to the one before it."""
    found: list[tuple[str, str, list[str]]] = []
    for word in words:
        if found and (form := _only_form(word, setting)):
            found[-1][2].append(form)
        elif found and _is_supply(word, setting):
            continue
        elif found and not found[-1][1] and NUMBER.fullmatch(word):
            found[-1] = (found[-1][0], word, found[-1][2])
        else:
            found += _names(word, setting)
    return found


def _is_supply(word: str, setting: Setting) -> bool:
    """Say whether a word says for how many days, or how many doses of a day, it is."""
    found = NUMBER.match(word)
    return found is not None and word[found.end() :].strip() in setting.policy.days


def _unjoined(name: str, setting: Setting) -> str:
    """Leave out a word before a name that joins it to the last one (`and …`)."""
    first, _, rest = name.partition(" ")
    return rest.strip() if rest and first.casefold() in setting.policy.separate else name


def _joined(name: str, setting: Setting) -> list[str]:
    """Return what words that join two names leave of a text in letters."""
    joints = [word for word in setting.policy.separate if not is_wide(word[0])]
    if not joints:
        return [name]
    parts = re.split(rf"\b(?:{'|'.join(map(re.escape, joints))})\b", name, flags=re.IGNORECASE)
    return [part.strip() for part in parts if part.strip()]


def _is_used(mention: Mention, setting: Setting) -> bool:
    types = setting.policy.coverage
    return not types or any(candidate.type in types for candidate in mention.candidates)


def _subject(line: _Line, everywhere: Iterable[str]) -> Subject:
    own = " ".join(line.preparation)
    return Subject(line.name.strip(TRIM), "", line.dose[:64], (own or " ".join(everywhere))[:64])
