"""Segmenting a text: names, cues, marks and amounts compete for it, and what is left over is kept.

What nothing explains beside a name may make it another name (新麻黄汤 is no 麻黄汤): then neither is read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from spacy.tokens import Doc

from kg.linking.link import Mention, link
from kg.model import NameKind
from kg.schema import Schema
from reasoning.claims.compounds import with_ways_apart, without_chance_names, without_chance_people
from reasoning.claims.content import names_something
from reasoning.claims.inflection import adjectives_only, inflected
from reasoning.claims.quantities import Said, find_amounts
from reasoning.claims.statements import MarkKind, Statements
from reasoning.claims.token import Token
from reasoning.lexicon import Tag, TagKind, Word, find_words, is_wide
from reasoning.spans import BREAK, Amount, Named, Span, best, drop_chance_hits, release_joints, without_joined

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["segment"]

_LONGEST_NAME: Final = 40
_KEPT: Final = Tag(TagKind.SEPARATOR)
_NO_MODIFIER: Final = re.compile(r"(?:s|ed|ing|ly)$")
_PLURAL: Final = re.compile(r"(?:'?s|s')(?![^\W_])")
_NEAR: Final = 3  # tokens
_SHORTEST_MODIFIER: Final = 3


def segment(text: str, folded: str, doc: Doc, domain: "Domain") -> list[Token]:
    """Return the tokens of a text in order; only spaces lie between them.

    Args:
        text: as it was given.
        folded: the same, as returned by `reasoning.lexicon.plain`.
        doc: the tokens of `folded`.
        domain: whose names and statements are looked for.
    """
    statements = domain.statements
    found = list(find_words(folded, domain.lexicon))
    # Words that tell what a question is about state nothing: only those without content of their own are of use.
    words = {(w.start, w.end): w for w in found if _modifies(w) or any(_is_empty(tag) for tag in w.tags)}
    qualities = _qualities(domain.pack.schema)
    mentions = [mention for mention in link(text, domain.index).hits if not adjectives_only(mention, text, qualities)]
    known = {(mention.start, mention.end) for mention in mentions}
    mentions += [m for m in inflected(text, folded, domain.index) if (m.start, m.end) not in known]
    spans = [Span(mention.start, mention.end, named=_named(mention)) for mention in mentions]
    ends = {span.end for span in spans} | {span.end + 1 for span in spans}  # a space may follow a name in letters
    phrases = {
        place: phrase
        for place, phrase in _phrases(doc, statements).items()
        if place[0] in ends or not _only_ends_names(phrase, statements)
    }
    for place in _chance_words(spans, phrases):
        del phrases[place]
    spans = list(_without_chance_joins(spans, phrases, statements))
    for place in words.keys() | phrases.keys():
        tags = words[place].tags if place in words else ()
        # What states or marks something is never given back to an unknown word that it may stand in.
        own = (_KEPT,) if _says_something(phrases.get(place, ""), statements) else ()
        spans.append(Span(*place, word=Word(*place, (*tags, *own))))
    amounts = {(said.start, said.end): said for said in find_amounts(folded, statements.units)}
    spans += [Span(*place, amount=Amount(*place, said.quantity)) for place, said in amounts.items()]
    spans += _cut_short(amounts, spans)
    spans.sort(key=lambda span: (span.start, span.end, span.named is None, span.amount is None))
    chosen = release_joints(drop_chance_hits(best(without_joined(spans), len(text)), folded), folded)
    tokens: list[Token] = []
    position = 0
    for span in (*chosen, Span(len(text), len(text))):
        if position < span.start:
            after_name = bool(tokens) and tokens[-1].named is not None and tokens[-1].end == position
            tokens += _unexplained(folded, position, span.start, after_name=after_name)
        if span.start < span.end:
            token = _token(span, folded, phrases, statements)
            tokens.append(replace(token, times=_times(amounts, span)) if span.amount else token)
        position = max(position, span.end)
    modifiers = {(word.start, word.end) for word in found if _modifies(word)}
    tokens = list(_longer_names(tokens, text, modifiers, domain))
    tokens = list(without_chance_people(list(without_chance_names(tokens)), statements))
    return _without_appositions(with_ways_apart(tokens, domain))


def _times(amounts: Mapping[tuple[int, int], Said], span: Span) -> float | None:
    said = amounts.get((span.start, span.end))
    return None if said is None else said.times


def _cut_short(amounts: Mapping[tuple[int, int], Said], spans: Sequence[Span]) -> list[Span]:
    """Return amounts without their unit where it begins a name: 15 | years of growth; they are taken into `amounts`."""
    names = [span.start for span in spans if span.named]
    found: list[Span] = []
    for (start, end), said in amounts.items():
        found += [Span(start, at, amount=Amount(start, at, said.quantity)) for at in names if start < at < end]
    return found


def _qualities(schema: Schema) -> frozenset[str]:
    """Return the types of which a thing has one: their names are adjectives."""
    kinds = {kind for relation in schema.relations.values() if relation.functional for kind in relation.objects}
    return frozenset(kind for kind in kinds if schema.types[kind].is_value)


def _says_something(phrase: str, statements: Statements) -> bool:
    marks = statements.marks.get(phrase, ())
    return phrase in statements.cues or any(mark.kind not in {MarkKind.PLAIN, MarkKind.ENDING} for mark in marks)


def _only_ends_names(phrase: str, statements: Statements) -> bool:
    return phrase not in statements.cues and all(
        mark.kind is MarkKind.ENDING for mark in statements.marks.get(phrase, ())
    )


def _without_chance_joins(
    spans: Sequence[Span], phrases: dict[tuple[int, int], str], statements: Statements
) -> Iterator[Span]:
    """Leave out names that are a shorter name and the beginning of a cue: 甘草组 in 甘草组成."""
    names = {(span.start, span.end) for span in spans}
    starts: dict[int, int] = {}
    for (start, end), phrase in phrases.items():
        if phrase in statements.cues:
            starts[start] = max(end, starts.get(start, 0))
    reaches: dict[int, list[int]] = {}  # where phrases end → where they start
    for start, end in phrases:
        reaches.setdefault(end, []).append(start)
    for span in spans:
        inner = range(span.start + 1, span.end)
        if any((at, span.end) in names and min(reaches.get(at, (span.start,))) < span.start for at in inner):
            continue
        if not any(starts.get(at, 0) > span.end and (span.start, at) in names for at in inner):
            yield span


def _chance_words(spans: Iterable[Span], phrases: Mapping[tuple[int, int], str]) -> list[tuple[int, int]]:
    """Return where phrases stand that are the end of a name and another phrase: 归属于 in 当归 属于."""
    starts = {span.end: span.start for span in spans if span.named}
    found: list[tuple[int, int]] = []
    for start, end in phrases:
        cuts = [at for at in range(start + 1, end) if (at, end) in phrases and starts.get(at, start) < start]
        found += [(start, end)] if cuts else []
    return found


def _phrases(doc: Doc, statements: Statements) -> dict[tuple[int, int], str]:
    if statements.matcher is None:
        return {}
    found: dict[tuple[int, int], str] = {}
    for _, first, last in statements.matcher(doc):
        piece = doc[first:last]
        found[piece.start_char, piece.end_char] = piece.text
    return found


def _token(span: Span, folded: str, phrases: dict[tuple[int, int], str], statements: Statements) -> Token:
    place = (span.start, span.end)
    text = folded[span.start : span.end]
    if span.named:
        # A name may be a cue as well (a value that says what it is about): its cues count if it fits nowhere.
        return Token(*place, text, named=span.named)
    if span.amount:
        return Token(*place, text, amount=span.amount.quantity)
    phrase = phrases.get(place, "")
    cues, marks = statements.cues.get(phrase, ()), statements.marks.get(phrase, ())
    tags = span.word.tags if span.word else ()
    return Token(
        *place,
        text,
        cues=cues,
        marks=frozenset(mark.kind for mark in marks),
        details=tuple((mark.kind, mark.value, mark.detail) for mark in marks),
        is_filler=bool(marks) or any(_is_empty(tag) for tag in tags),
    )


_EMPTY: Final = frozenset({
    TagKind.FUNCTION, TagKind.SEPARATOR, TagKind.NEUTRAL, TagKind.TYPE, TagKind.CONTEXT
})  # fmt: skip


def _is_empty(tag: Tag) -> bool:
    return tag.kind in _EMPTY


def _modifies(word: Word) -> bool:
    return any(tag.kind is TagKind.MODIFIER for tag in word.tags)


def _named(mention: Mention) -> Named:
    types = {candidate.entity: candidate.type for candidate in mention.candidates}
    is_collective = any(candidate.name.kind is NameKind.COLLECTIVE for candidate in mention.candidates)
    ambiguous = len(types) > 1 and (is_collective or len(types) > len(set(types.values())))
    return Named(mention.start, mention.end, mention.text, tuple(types), tuple(types.values()), ambiguous)


def _unexplained(folded: str, start: int, end: int, *, after_name: bool) -> Iterator[Token]:
    """Yield what lies between two chosen spans: punctuation one character each, and runs of anything else."""
    position = start
    if after_name and (plural := _PLURAL.match(folded, start, end)):
        yield Token(start, plural.end(), plural[0], is_filler=True)
        position = plural.end()
    for match in BREAK.finditer(folded, position, end):
        if match.start() > position:
            yield Token(position, match.start(), folded[position : match.start()])
        for at in range(match.start(), match.end()):
            if not folded[at].isspace() or folded[at] in "\t\n":
                yield Token(at, at + 1, folded[at], is_break=True)
        position = match.end()
    if position < end:
        yield Token(position, end, folded[position:end])


def _longer_names(
    tokens: Sequence[Token], text: str, modifiers: set[tuple[int, int]], domain: "Domain"
) -> Iterator[Token]:
    """Yield the tokens; a name that something makes longer is yielded as one unknown name with it."""
    at = 0
    while at < len(tokens):
        here = tokens[at]
        stop = at + 1
        begins = at
        if here.named is None and stop < len(tokens) and tokens[stop].named and _before(tokens, at, text, modifiers):
            stop += 1
        elif here.named is None:
            yield here
            at += 1
            continue
        while stop < len(tokens) and _after(tokens, stop, text, domain) and not _is_way_of_use(tokens, stop):
            stop += 1
        if stop == begins + 1:
            yield here
        else:
            first, last = tokens[begins], tokens[stop - 1]
            name = text[first.start : last.end][:_LONGEST_NAME]
            yield Token(first.start, last.end, text[first.start : last.end].lower(), unknown=name)
        at = stop


def _without_appositions(tokens: Iterable[Token]) -> list[Token]:
    """Take names out of the text that stand in brackets after a name of their type: they say the same once more."""
    kept: list[Token] = []
    outer: Token | None = None
    inside = is_renamed = False
    for token in tokens:
        if is_renamed and outer is not None and outer.named and token.named and token.named.ids == outer.named.ids:
            kept.append(replace(token, named=None, is_filler=True))  # says the same once more
            continue
        is_renamed = not token.named and not token.is_break and (is_renamed or token.has(MarkKind.NAMING))
        opens, closes = token.is_break and token.text in "(（", token.is_break and token.text in ")）"
        if opens:
            inside = outer is not None
        elif closes:
            inside, outer = False, None
        elif inside and outer is not None and outer.named and token.named and outer.named.types & token.named.types:
            shared = tuple(i for i in outer.named.ids if i in token.named.ids)
            if len(outer.named.ids) > 1 and shared:  # which of several is meant, the brackets say
                at = next(n for n in range(len(kept) - 1, -1, -1) if kept[n] is outer)
                types = dict(zip(outer.named.ids, outer.named.kinds, strict=True))
                kinds = tuple(types[identity] for identity in shared)
                named = replace(outer.named, ids=shared, kinds=kinds, is_ambiguous=len(shared) > 1)
                kept[at] = outer = replace(outer, named=named)
            kept.append(replace(token, named=None, is_filler=True))
            continue
        elif not inside:
            outer = token if token.named else None
        kept.append(token)
    return kept


def _before(tokens: Sequence[Token], at: int, text: str, modifiers: set[tuple[int, int]]) -> bool:
    """Say whether a token before a name belongs to a longer one."""
    here, name = tokens[at], tokens[at + 1]
    wide = is_wide(here.text[-1])
    if here.end != name.start and (wide or text[here.end : name.start] != " "):
        return False
    if (here.start, here.end) in modifiers and not here.cues:
        return True
    if here.is_filler or here.is_break or here.cues or here.amount or here.unknown:
        return False
    if wide:
        return names_something(here.text)
    begins = at == 0 or tokens[at - 1].is_break
    return _modifies_word(text[here.start : here.end].rsplit(maxsplit=1)[-1], text[name.start], begins=begins)


def _modifies_word(word: str, initial: str, *, begins: bool) -> bool:
    """Say whether a word of letters may be the first of a name: by its form, for there is no tagger for English."""
    if initial.isupper():
        return word[:1].isupper() and not begins
    return len(word) >= _SHORTEST_MODIFIER and word.isalpha() and _NO_MODIFIER.search(word) is None


def _is_way_of_use(tokens: Sequence[Token], at: int) -> bool:
    """Say whether what may end a name says how an amount right after it is used: X powder, 3 g."""
    near = tokens[at + 1 : at + 1 + _NEAR]
    return any(cue.object for cue in tokens[at].cues) and any(token.amount and token.amount.unit for token in near)


def _after(tokens: Sequence[Token], at: int, text: str, domain: "Domain") -> bool:
    """Say whether a token after a name belongs to a longer one; what ends names may be a name itself: X tea."""
    here, name = tokens[at], tokens[at - 1]
    types = domain.pack.schema.types
    is_thing = here.named is not None and not any(types[kind].is_value for kind in here.named.kinds)
    marks = domain.statements.marks.get(here.text, ()) if is_thing and is_wide(here.text[0]) else ()
    ends = any(mark.kind is MarkKind.ENDING for mark in marks)
    if here.is_break or not (here.has(MarkKind.ENDING) or ends):
        return False
    wide = is_wide(here.text[0])
    between = text[name.end : here.start]
    return not between if wide else between in {" ", "-"}
