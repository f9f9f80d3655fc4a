"""What the names of a prescription stand for: exactly, or not at all. A warning may be about more than is sure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kg.linking.fold import fold_key
from kg.linking.index import NameIndex
from kg.linking.link import Candidate, Match, Mention, link
from kg.linking.romanised import is_romanised
from kg.rules import Policy, Rule
from reasoning.lexicon import is_wide
from reasoning.safety.setting import Setting
from reasoning.safety.stated import has_word

__all__ = ["Taken", "given_entities", "namesakes", "taken_for", "texts_of", "unheard"]

_BRACKETS: Final = re.compile(r"[（(\[【][^（()）\]】]*[)）\]】]")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a name was taken for: all that it may mean; `is_sure` if that is one thing (under several types, maybe)."""

    entities: tuple[str, ...] = ()
    is_sure: bool = False
    candidates: tuple[str, ...] = ()


def taken_for(name: str, setting: Setting) -> Taken:
    """Return what a name of a thing to be used stands for; never a near miss.

    The name may have remarks in brackets and words of a form around it (`三七粉`, `生半夏`); anything else beside a
    known name makes it another, unknown one.
    """
    return setting.memory.of(("name", name), lambda: _taken_for(name, setting))


def _taken_for(name: str, setting: Setting) -> Taken:
    for said in dict.fromkeys((name, _BRACKETS.sub(" ", name))):
        mentions = link(said, setting.index).mentions
        whole = [m for m in mentions if _covers(m, said, setting.policy, has_form=bool(_usable(m.candidates, setting)))]
        if whole:
            return _taken(whole[0], setting)
    found = [c.entity for m in link(name, setting.index).mentions for c in _usable(m.candidates, setting)]
    return Taken(candidates=tuple(dict.fromkeys(found)))


def _covers(mention: Mention, said: str, policy: Policy, *, has_form: bool) -> bool:
    """Say whether nothing stands beside a mention but, for what can have a form, words of one."""
    rest = f"{said[: mention.start]} {said[mention.end :]}".casefold()
    if not any(character.isalnum() for character in rest):
        return True
    for form in policy.forms.values() if has_form else ():
        for word in (*form.words, *form.names):
            rest = rest.replace(word, " ") if not word.isascii() else re.sub(rf"\b{re.escape(word)}\b", " ", rest)
    return not any(character.isalnum() for character in rest)


def _usable(candidates: Sequence[Candidate], setting: Setting) -> list[Candidate]:
    types = setting.policy.coverage
    return [c for c in candidates if not types or c.type in types]


def _taken(mention: Mention, setting: Setting) -> Taken:
    usable = _usable(mention.candidates, setting)
    if not usable:
        return Taken(tuple(c.entity for c in mention.candidates[:1]), is_sure=len(mention.candidates) == 1)
    first = usable[0]
    rivals = [c for c in usable if c.type == first.type]
    others = _usable(_elsewhere(mention, setting.index), setting) if first.how is not Match.COLLECTIVE else []
    is_sure = len(rivals) == 1 and first.how is not Match.COLLECTIVE
    kinds = {c.type: c.entity for c in reversed([*usable, *others])} if is_sure else {}
    entities = [first.entity, *(kinds[kind] for kind in kinds if kind != first.type)] if is_sure else []
    candidates = tuple(dict.fromkeys(c.entity for c in usable))
    return Taken(tuple(entities) or candidates, is_sure, () if is_sure else candidates)


def _elsewhere(mention: Mention, index: NameIndex) -> list[Candidate]:
    entries = index.at(fold_key(mention.text))
    return [Candidate(e.entity, e.type, e.name, Match.ALIAS) for e in entries if not is_romanised(e.name.language)]


def namesakes(name: str, index: NameIndex, *, besides: Collection[str] = ()) -> frozenset[str]:
    """Return what has this very name, unless only when romanised: a warning may be about any of them.

    Args:
        name: as a text has it, in any spelling.
        index: the names of the domain.
        besides: entity types to leave out.
    """
    entries = [entry for entry in index.at(fold_key(name)) if entry.type not in besides]
    return frozenset(entry.entity for entry in entries if not is_romanised(entry.name.language))


def texts_of(said: object) -> Sequence[str]:
    """Return the texts under a key of the context."""
    return [str(each) for each in said] if isinstance(said, list | tuple) else [said] if isinstance(said, str) else []


def unheard(context: Mapping[str, object], rules: Sequence[Rule], index: NameIndex) -> tuple[str, ...]:
    """Return the texts of the context that a rule would look up and that name nothing: nothing was checked for them."""
    keys = dict.fromkeys(rule.with_key for rule in rules if rule.with_key and rule.is_pair)
    texts = dict.fromkeys(each for key in keys for each in texts_of(context.get(key)))
    return tuple(each for each in texts if each.strip() and not link(each, index).mentions)


def given_entities(said: str, setting: Setting, types: Sequence[str] = ()) -> Taken:
    """Return the entities that a text of the context names; an ambiguous one is all that it may mean, to be safe.

    `is_sure` says that the text names things of these types (any if empty) and that no other name is part of it.
    """
    mentions = [
        (m, [c for c in m.candidates if not types or c.type in types]) for m in link(said, setting.index).mentions
    ]
    heard = [(mention, candidates) for mention, candidates in mentions if candidates]
    linked = {c.entity: None for _, candidates in heard for c in candidates}
    for mention, _ in heard:
        linked |= dict.fromkeys(sorted(namesakes(mention.text, setting.index)))
    sure = bool(heard) and all(_stands_alone(mention, said, setting.policy) for mention, _ in heard)
    return Taken(tuple(linked), sure)


def _stands_alone(mention: Mention, said: str, policy: Policy) -> bool:
    """Say whether no other character of a word without spaces touches a mention."""
    if not is_wide(mention.text[0]):
        return True
    before, after = said[: mention.start], said[mention.end :]
    touching = (before[-1:] and is_wide(before[-1]) and before[-1].isalnum()) or (
        after[:1] and is_wide(after[0]) and after[0].isalnum()
    )
    if not touching:
        return True
    words = [word for form in policy.forms.values() for word in (*form.words, *form.names)]
    known = [*words, *policy.separate, *(w for key in policy.context.values() for w in (*key.before, *key.after))]
    return has_word(before.casefold()[-4:], known) or has_word(after.casefold()[:4], known)
