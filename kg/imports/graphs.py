"""Graphs in other forms than tables, written out as one JSON object a line that `readers` takes like any other.

RDF and OBO are read by their libraries, Cypher dumps by `cypher`, servers by `bolt`. Nothing is fetched from the
network but from the server that the mapping names.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from kg.errors import ImportInvalid
from kg.imports.files import Limits, plain_text
from kg.imports.forms import TableForm

__all__ = ["COLUMNS", "write_records"]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "rdf": ("subject", "predicate", "object", "kind", "language", "datatype"),
    "obo": (
        "record", "id", "name", "namespace", "definition", "synonyms", "xrefs", "obsolete", "predicate", "object",
    ),
    "cypher": ("record", "labels", "key", "properties", "type", "start", "end", "start_labels", "end_labels"),
}  # fmt: skip
"""Columns that a kind always has; dumps have one more for each property, servers those of the query."""

_RDF_FORMATS: Final = {"nt": "nt", "rdf": "xml", "owl": "xml", "xml": "xml"}
_FRAMES: Final = {"TermFrame": "term", "TypedefFrame": "typedef", "InstanceFrame": "instance"}
_STANZA: Final = re.compile(r"\[(Term|Typedef|Instance)\]")

_CHUNK: Final = 1 << 12

_Records: TypeAlias = Iterator[tuple[int, Mapping[str, Any]]]
_Triple: TypeAlias = tuple[Any, Any, Any]


def write_records(  # noqa: PLR0913, PLR0917  what is read, from where, and how much of it
    kind: str, form: TableForm, folder: Path, limits: Limits, work: Path, target: Path
) -> list[str]:
    """Write the records of a graph to `target` and return their columns.

    Each line is an object of texts with `_row`: the line of the file where it has lines that mean something, else
    the number of the record. Lists of plain values are joined by `|`.

    Raises:
        ImportInvalid: the graph cannot be read; the message says where.
        GraphUnavailable: the server does not answer.
    """
    columns = dict.fromkeys(COLUMNS.get(kind, ()))
    with target.open("w", encoding="utf-8") as written:
        for row, record in _records(kind, form, folder, limits, work):
            cells = {name: text for name, value in record.items() if (text := _text(value)) is not None}
            columns |= dict.fromkeys(record)
            written.write(json.dumps({**cells, "_row": row}, ensure_ascii=False) + "\n")
    return list(columns)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return "|".join(filter(None, map(_text, value)))
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _records(kind: str, form: TableForm, folder: Path, limits: Limits, work: Path) -> _Records:
    if kind == "neo4j":
        from kg.imports.bolt import rows_of  # brings the driver

        yield from enumerate(rows_of(form), 1)
        return
    plain = plain_text(folder, form.file, work / "graph.txt", encoding=form.encoding, limits=limits)
    try:
        readers: dict[str, Callable[[Path, str], _Records]] = {"rdf": _rdf, "obo": _obo, "cypher": _cypher}
        yield from readers[kind](plain.path, form.file)
    finally:
        plain.path.unlink(missing_ok=True)


def _refused(file: str, what: str, line: int | None, why: object) -> ImportInvalid:
    said = " ".join(str(why).split())[:300]
    place = f"{file}:{line}" if line else file
    return ImportInvalid(f"{place}: is no {what} that can be read: {said}", file=file, row=str(line or ""))


def _cypher(path: Path, file: str) -> _Records:
    from kg.imports.cypher import records
    from kg.imports.cypher_tokens import CypherInvalid, Tokens

    with path.open(encoding="utf-8", newline="\n") as lines:
        try:
            yield from records(Tokens(lines))
        except CypherInvalid as error:
            raise _refused(file, "dump", error.line, error) from None


def _obo(path: Path, file: str) -> _Records:
    import fastobo

    with path.open(encoding="utf-8", newline="\n") as lines:
        starts = [number for number, line in enumerate(lines, 1) if _STANZA.match(line)]
    try:
        for line, frame in zip(starts, fastobo.iter(str(path), ordered=True, threads=1), strict=True):
            yield from ((line, record) for record in _of_frame(frame))
    except SyntaxError as error:
        raise _refused(file, "OBO file", error.lineno, error.msg) from None
    except (ValueError, OSError) as error:
        raise _refused(file, "OBO file", None, error) from None


def _of_frame(frame: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  the library has no types
    """Yield what a stanza is, then each relation that it states."""
    own: dict[str, Any] = {"record": _FRAMES[type(frame).__name__], "id": str(frame.id)}
    relations: list[tuple[str, str]] = []
    synonyms, xrefs = [], []
    for clause in frame:
        match clause.raw_tag():
            case "name" | "namespace" as tag:
                own[tag] = clause.raw_value()
            case "def":
                own["definition"] = str(clause.definition)
            case "synonym":
                synonyms.append(str(clause.synonym.desc))
            case "xref":
                xrefs.append(str(clause.xref.id))
            case "is_obsolete":
                own["obsolete"] = clause.raw_value()
            case "is_a" | "instance_of" as tag:
                relations.append((tag, clause.raw_value()))
            case "relationship":
                relations.append((str(clause.typedef), str(getattr(clause, "term", None) or clause.raw_value())))
    yield {**own, "synonyms": synonyms, "xrefs": xrefs}
    for predicate, other in relations:
        yield {"record": "relation", "id": own["id"], "name": own.get("name"), "predicate": predicate, "object": other}


def _rdf(path: Path, file: str) -> _Records:
    suffix = file.lower().removesuffix(".gz").removesuffix(".zip").rpartition(".")[2]
    form = _RDF_FORMATS.get(suffix, "turtle")
    names: dict[str, str] = {}
    if form == "nt":
        for line, triple in _ntriples(path, file):
            yield line, _of_triple(triple, names)
        return
    spooled = path.with_suffix(".triples")
    try:
        with spooled.open("w", encoding="utf-8") as written:
            _parse(path, file, form, lambda triple: _spool(written.write, _of_triple(triple, names)))
        with spooled.open(encoding="utf-8") as lines:
            yield from enumerate(map(json.loads, lines), 1)
    finally:
        spooled.unlink(missing_ok=True)


def _spool(write: Callable[[str], object], record: Mapping[str, Any]) -> None:
    write(json.dumps(record, ensure_ascii=False) + "\n")


def _ntriples(path: Path, file: str) -> Iterator[tuple[int, _Triple]]:
    """Yield triples with their lines; the library is given one line at a time, because it does not count them."""
    from rdflib.exceptions import ParserError
    from rdflib.plugins.parsers.ntriples import W3CNTriplesParser

    told: list[_Triple] = []

    class Sink:
        def triple(self, *triple: Any) -> None:  # noqa: ANN401  terms of the library
            told.append(triple)

    parser = W3CNTriplesParser(Sink())  # type: ignore[arg-type]  # duck-typed by the library
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            try:
                parser.parsestring(line)
            except (ParserError, ValueError) as error:
                raise _refused(file, "N-Triples", number, error) from None
            yield from ((number, triple) for triple in told)
            told.clear()


def _parse(path: Path, file: str, form: str, tell: Callable[[_Triple], None]) -> None:
    """Tell every triple of a Turtle or RDF/XML file in the order of the file."""
    from xml.sax import SAXException, SAXParseException

    from rdflib import Graph
    from rdflib.exceptions import ParserError
    from rdflib.parser import FileInputSource
    from rdflib.plugins.parsers.notation3 import BadSyntax
    from rdflib.plugins.stores.memory import SimpleMemory

    class Told(SimpleMemory):
        def add(self, triple: _Triple, context: object, quoted: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002
            tell(triple)

    if form == "xml":
        _check_entities(path, file)
    with path.open("rb") as opened:
        # The text is UTF-8 by now, whatever its XML declaration says.
        source = FileInputSource(opened, encoding="utf-8")
        try:
            Graph(store=Told()).parse(source, format=form, publicID="file:")
        except BadSyntax as error:
            raise _refused(file, "Turtle", error.lines + 1, error.message) from None
        except SAXParseException as error:
            raise _refused(file, "RDF/XML", error.getLineNumber(), error.getMessage()) from None
        except (ParserError, SAXException, ValueError, RecursionError) as error:
            raise _refused(file, "RDF", None, error) from None


def _check_entities(path: Path, file: str) -> None:
    """Refuse entities that lead out of an XML file, and those made of others, which can grow without end."""
    from xml.parsers import expat

    parser = expat.ParserCreate("utf-8")
    started: list[str] = []

    def declare(name: str, _parameter: int, value: str | None, *_place: object) -> None:
        if value is None or "&" in value:
            why = f"the entity {name!r} is made of another file or another entity; write out what it means"
            raise _refused(file, "RDF/XML", parser.CurrentLineNumber, why)

    parser.EntityDeclHandler = declare
    parser.StartElementHandler = lambda name, _attributes: started.append(name)
    with path.open("rb") as opened:
        try:
            while not started and (chunk := opened.read(_CHUNK)):
                parser.Parse(chunk)
        except expat.ExpatError as error:
            raise _refused(file, "RDF/XML", error.lineno, expat.ErrorString(error.code)) from None


def _of_triple(triple: _Triple, names: dict[str, str]) -> Mapping[str, Any]:
    """Return the columns of a triple; blank nodes are numbered as they come, so that a file reads the same twice."""
    from rdflib import BNode, Literal

    def said(term: Any) -> str:  # noqa: ANN401  a term of the library
        return names.setdefault(str(term), f"_:b{len(names) + 1}") if isinstance(term, BNode) else str(term)

    subject, predicate, obj = triple
    cells = {"subject": said(subject), "predicate": str(predicate), "object": said(obj)}
    if isinstance(obj, Literal):
        datatype = str(obj.datatype) if obj.datatype else None
        return {**cells, "kind": "literal", "language": obj.language, "datatype": datatype}
    return {**cells, "kind": "blank" if isinstance(obj, BNode) else "iri"}
