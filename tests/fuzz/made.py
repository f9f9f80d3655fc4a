"""Inputs that are made up: texts, prescriptions, claims and requests from a pack's own words and from none."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import struct_pb2
from google.protobuf.message import Message
from hypothesis import strategies as st

from bencao.v1 import claim_pb2, decision_service_pb2, graph_pb2, safety_pb2, verification_service_pb2
from kg.pack.content import Pack
from reasoning.domain import Domain
from reasoning.safety import Subject

__all__ = ["Words", "checks", "claims", "damaged", "requests", "texts", "words_of"]

_GENERAL = (
    "不 没有 未 可能 据说 如果 则 吗 ？ ， 、 。 ； ： （ ） 《 》 “ ” 和 与 或 但 而 其 每日 一次 所有 只 仅 "
    "至少 不超过 "
    "not no never may if then ? , . ; : ( ) and or but its the a all only any some at least up to per day "
    "\n \r\n \t \x00 \u200b \ufeff \ufffd \u202e 😀 👩‍⚕️ 𠀀 é e\u0301 Ⅳ ｇ ① 〇 % / - – ～ ~ * # | - "
)
_NUMBERS = (
    "0 1 3 9 10 15 30 100 1e9 1000000000 -3 0.5 .5 1/2 ½ 三 九 十 两 半 一百 廿 ３ 3~9 3-9 3～9 15—30 1,000 nan inf "
    "99999999999999999999999999999999"
)
_UNITS = "g mg kg µg ml L 克 毫克 钱 两 分 枚 片 丸 % mohs IU 滴 °C d /d 次 帖 剂 furlong g/kg 克/日 g/d tid qd bid"
GENERAL, NUMBERS, UNITS = _GENERAL.split(" "), _NUMBERS.split(" "), _UNITS.split(" ")
_MOST_PIECES = 60


@dataclass(frozen=True, eq=False)
class Words:
    """What a pack says things with: names, ids, relations, qualifiers with their values, cues, keys of a person."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    relations: tuple[str, ...]
    qualifiers: Mapping[str, tuple[str, ...]]
    cues: tuple[str, ...]
    context: Mapping[str, str]
    rules: tuple[str, ...]
    domain: str


def words_of(domain: Domain) -> Words:
    """Return the words of a domain's pack, sorted, so that a choice among them means the same in every run."""
    pack = domain.pack
    return Words(
        names=tuple(sorted({name.text for entity in pack.graph.entities for name in entity.names})),
        ids=tuple(sorted(entity.id for entity in pack.graph.entities)),
        relations=tuple(sorted(pack.schema.relations)),
        qualifiers={key: tuple(each.values) for key, each in sorted(pack.schema.qualifiers.items())},
        cues=tuple(sorted({*_texts(pack.statements), *_texts(pack.lexicon), *_texts(pack.safety), *_person(pack)})),
        context=dict(sorted(pack.context.items())),
        rules=tuple(sorted(rule.id for rule in domain.rules)),
        domain=pack.id,
    )


@cache
def texts(words: Words, longest: int = 2000) -> st.SearchStrategy[str]:
    """Return texts: mostly of the pack's words in any order, with amounts and marks between them."""
    numbers = st.sampled_from(NUMBERS) | st.floats().map(str) | st.integers().map(str)
    amounts = st.builds("{}{}{}".format, numbers, st.sampled_from(["", " "]), st.sampled_from(UNITS))
    piece = st.one_of(
        st.sampled_from(words.names),
        st.sampled_from(words.names),
        st.sampled_from(words.cues or GENERAL),
        st.sampled_from(words.cues or GENERAL),
        st.sampled_from(GENERAL),
        amounts,
        st.text(max_size=4),
        st.just("\ud800"),
    )
    made = st.lists(st.tuples(piece, st.sampled_from(["", "", " "])), max_size=_MOST_PIECES)
    joined = made.map(lambda pieces: "".join(word + space for word, space in pieces)[:longest])
    return joined | st.text(max_size=200)


@cache
def claims(words: Words) -> st.SearchStrategy[claim_pb2.Claim]:
    """Return claims as messages: mostly of ids and relations that exist, with any amounts and qualifiers."""
    resources = st.sampled_from(words.ids).map(lambda each: f"domains/{words.domain}/entities/{each}")
    end = st.one_of(resources, st.sampled_from(words.ids), st.sampled_from(words.names), _text(), st.just(""))
    number = st.none() | st.floats() | st.sampled_from([-3.0, 0.0, 3.0, 9.0, 1e9])
    quantity = st.none() | st.builds(
        _quantity,
        number,
        number,
        st.sampled_from([*UNITS, ""]) | _text(),
        st.sampled_from(["", "adult_daily"]) | _text(),
    )
    return st.builds(
        _claim,
        _text(),
        st.sampled_from(words.relations) | st.sampled_from(words.relations) | _text(),
        st.tuples(end, end),
        st.booleans(),
        quantity,
        _qualifiers(words),
        st.integers(-(2**31), 2**31 - 1),
    )


@cache
def checks(words: Words) -> st.SearchStrategy[tuple[list[Subject], dict[str, Any]]]:
    """Return what is to be used, and the person who uses it, in the kinds of values that the wire lets through."""
    subject = st.builds(
        Subject, text=_name(words), dose=_dose(), preparation=st.sampled_from(words.cues or [""]) | _text()
    )
    by_id = st.builds(Subject, entity=st.sampled_from(words.ids) | _text().filter(bool), dose=_dose())
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "number": st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from([-1.0, 0.0, 0.5, 6.0, 30.0, 200.0]),
        "string": _name(words) | st.sampled_from(["male", "female"]),
        "strings": st.lists(_name(words), max_size=4),
    }
    person = st.fixed_dictionaries({}, optional={key: kinds[kind] for key, kind in words.context.items()})
    return st.tuples(st.lists(subject | by_id, min_size=1, max_size=52), person)


@cache
def requests(words: Words) -> st.SearchStrategy[Message]:
    """Return requests to every call of the two services, as messages that a client could send."""
    domain = st.sampled_from(["", f"domains/{words.domain}", "domains/nowhere", "domains/", "x"])
    language = st.sampled_from(["", "zh", "en", "en-GB", "zh_TW", "fr", "x" * 40])
    token = st.sampled_from(["", "r1-0123456789abcdef", "r0-0000000000000000", "\x00", "r99999999999999999999-x"])
    revision = st.builds(graph_pb2.GraphRevision, token=token | _text())
    consistency = st.one_of(
        st.none(),
        st.builds(graph_pb2.Consistency, at_exact_revision=revision),
        st.builds(graph_pb2.Consistency, at_least_as_fresh=revision),
    )
    common = {"domain": domain, "consistency": consistency, "language_code": language}
    verify_claims = st.builds(
        verification_service_pb2.VerifyClaimsRequest,
        claims=st.lists(claims(words), max_size=5),
        with_proofs=st.booleans(),
        **common,
    )
    verify_text = st.builds(
        verification_service_pb2.VerifyTextRequest, text=_wire(texts(words)), with_proofs=st.booleans(), **common
    )
    rules = st.builds(
        decision_service_pb2.ListRulesRequest,
        parent=domain,
        page_size=st.integers(-1, 300),
        page_token=st.just("") | _text() | st.binary(max_size=60).map(lambda data: data.hex()),
    )
    return st.one_of(verify_claims, verify_text, _check_safety(words, common), rules)


@cache
def damaged(words: Words) -> st.SearchStrategy[tuple[type[Message], bytes]]:
    """Return bytes for a request: those of a good one with some of them changed, or any."""
    kinds = (
        verification_service_pb2.VerifyClaimsRequest,
        verification_service_pb2.VerifyTextRequest,
        decision_service_pb2.CheckSafetyRequest,
        decision_service_pb2.ListRulesRequest,
    )
    edits = st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=4)), min_size=1, max_size=4)
    bent = st.builds(lambda good, some: (type(good), _edited(good.SerializeToString(), some)), requests(words), edits)
    return bent | st.tuples(st.sampled_from(kinds), st.binary(max_size=400))


def _check_safety(words: Words, common: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Message]:
    entity = st.sampled_from(words.ids).map(lambda each: f"domains/{words.domain}/entities/{each}") | _text()
    preparation = _wire(st.sampled_from(words.cues or [""])).map(lambda said: said[:64]) | _text()
    subject = st.one_of(
        st.builds(decision_service_pb2.Subject, text=_wire(_name(words)), dose=_dose(), preparation=preparation),
        st.builds(decision_service_pb2.Subject, entity=entity, dose=_dose(), preparation=preparation),
    )
    rule = st.sampled_from([*words.rules, "nothing"]).map(lambda each: f"domains/{words.domain}/rules/{each}") | _text()
    acknowledgement = st.builds(
        safety_pb2.Acknowledgement, rule=rule, subjects=st.lists(entity, max_size=2), reason=_text()
    )
    keys = st.sampled_from([*words.context, "shoe_size"]) | _text()
    value = st.one_of(_scalar(words), st.none(), st.lists(_scalar(words), max_size=3))
    return st.builds(
        decision_service_pb2.CheckSafetyRequest,
        subjects=st.lists(subject, max_size=6) | st.lists(subject, min_size=49, max_size=52),
        prescription=st.just("") | _wire(texts(words, 4001)),
        context=st.dictionaries(keys, value, max_size=4).map(_struct),
        checks=st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 99]), max_size=3),
        acknowledgements=st.lists(acknowledgement, max_size=2),
        **common,
    )


def _text() -> st.SearchStrategy[str]:
    return st.text(max_size=20)


def _wire(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Leave out what no message can hold: halves of surrogate pairs."""
    return of.map(lambda said: said.encode("utf-8", "replace").decode())


def _name(words: Words) -> st.SearchStrategy[str]:
    return st.sampled_from(words.names) | st.sampled_from(words.names) | st.sampled_from(words.cues or [""]) | _text()


def _dose() -> st.SearchStrategy[str]:
    return st.builds("{}{}".format, st.sampled_from(["", *NUMBERS]), st.sampled_from(["", *UNITS])) | _text()


def _scalar(words: Words) -> st.SearchStrategy[str | float | bool]:
    return st.booleans() | st.floats() | st.sampled_from([*words.names, "male", "female"]) | _text()


def _qualifiers(words: Words) -> st.SearchStrategy[struct_pb2.Struct]:
    values = [value for each in words.qualifiers.values() for value in each]
    keys = st.sampled_from([*words.qualifiers, "edition", "as_of", "strength", "quantifier"]) | _text()
    known = [*values, "some", "all", "only", "any", "none", "count", "2020-01-01", "0000-13-99", "review", "2020 年版"]
    value = st.one_of(st.sampled_from(known), _text(), st.floats(), st.booleans(), st.none(), st.just([1]))
    return st.dictionaries(keys, value, max_size=3).map(_struct)


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(dict(values))
    return message


def _quantity(low: float | None, high: float | None, unit: str, basis: str) -> claim_pb2.Quantity:
    return claim_pb2.Quantity(low=low, high=high, unit=unit, basis=basis)


def _claim(  # noqa: PLR0913, PLR0917  the fields of a claim
    text: str,
    predicate: str,
    ends: tuple[str, str],
    negated: bool,  # noqa: FBT001  as drawn
    quantity: claim_pb2.Quantity | None,
    qualifiers: struct_pb2.Struct,
    start: int,
) -> claim_pb2.Claim:
    return claim_pb2.Claim(
        text=text, subject=ends[0], predicate=predicate, object=ends[1], negated=negated,
        quantity=quantity, qualifiers=qualifiers, start_byte=start, end_byte=start,
    )  # fmt: skip


def _edited(data: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    for at, new in edits:
        place = at % (len(data) + 1)
        data = data[:place] + new + data[place + 1 :]
    return data


def _person(pack: Pack) -> set[str]:
    return {*pack.context, "male", "female"}


def _texts(data: object) -> set[str]:
    """Return every short text in parsed YAML: words, names, and keys among them."""
    if isinstance(data, str):
        return {data} if len(data) <= 40 and data else set()
    if isinstance(data, Mapping):
        return {text for value in data.values() for text in _texts(value)}
    if isinstance(data, list | tuple):
        return {text for value in data for text in _texts(value)}
    return set()
