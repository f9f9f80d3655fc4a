"""RDF, OBO, Cypher dumps and Neo4j as tables: what is read, and what is refused."""

from pathlib import Path

import duckdb
import pytest

from kg.errors import GraphUnavailable, ImportInvalid
from kg.imports.bolt import PASSWORD, USER
from kg.imports.files import Limits
from kg.imports.forms import TableForm
from kg.imports.readers import read_table
from tests.stores import Neo4jServer

KINDS = {"ttl": "rdf", "nt": "rdf", "rdf": "rdf", "obo": "obo", "cypher": "cypher"}
XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">{}</rdf:RDF>'


def rows(folder: Path, form: TableForm, kind: str, columns: tuple[str, ...] = ()) -> list[tuple[int | str | None, ...]]:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        read_table(connection, "t", form, kind, folder, columns, Limits(), work)
        wanted = ", ".join(f'"{column}"' for column in ("_row", *columns))
        return connection.execute(f"SELECT {wanted} FROM rows_t ORDER BY ALL").fetchall()  # noqa: S608


def read(folder: Path, name: str, text: str, *columns: str) -> list[tuple[int | str | None, ...]]:
    (folder / name).write_text(text, encoding="utf-8")
    return rows(folder, TableForm(file=name), KINDS[name.rpartition(".")[2]], columns)


def test_turtle_has_triples_in_the_order_of_the_file_and_types_of_both_ends(tmp_path: Path) -> None:
    text = '@prefix : <http://e/> .\n:b a :T .\n:a a :S ; :name "x"@en, "é" ; :knows :b, [ :n 1 ] .\n'

    found = read(tmp_path, "x.ttl", text, "subject", "object", "kind", "language", "subject_type", "object_type")

    assert (3, "http://e/a", "x", "literal", "en", "http://e/S", None) in found
    assert (6, "http://e/a", "http://e/b", "iri", None, "http://e/S", "http://e/T") in found
    assert found == read(
        tmp_path, "x.ttl", text, *("subject", "object", "kind", "language"), "subject_type", "object_type"
    )
    assert [row[2] for row in found if row[3] == "blank"] == ["_:b1"]


def test_ntriples_and_xml_have_them_too(tmp_path: Path) -> None:
    nt = read(tmp_path, "x.nt", '<http://e/a> <http://e/p> "中" .\n\n<http://e/a> <http://e/p> _:x .\n', "object")
    xml = read(
        tmp_path,
        "x.rdf",
        XML.format('<rdf:Description rdf:about="http://e/a"><e:p>中</e:p></rdf:Description>'),
        "object",
    )

    assert nt == [(1, "中"), (3, "_:b1")]
    assert xml == [(1, "中")]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.ttl", "@prefix : <http://e/> .\n:a :b .\n", r"x\.ttl:2: is no Turtle"),
        ("x.nt", '<http://e/a> <http://e/p> "x" .\nnonsense\n', r"x\.nt:2: is no N-Triples"),
        ("x.rdf", XML.format("\n<rdf:Description"), r"x\.rdf:2: is no RDF/XML"),
        ("x.rdf", '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>' + XML.format(""), "entity 'f'"),
        ("x.rdf", '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY f "&a;&a;">]>' + XML.format(""), "entity 'f'"),
        ("x.obo", "format-version: 1.4\n\n[Term]\nid: X:1\nnonsense\n", r"x\.obo:5: is no OBO file"),
        ("x.cypher", "CREATE (:X {n: 1});\nMATCH (n) DETACH DELETE n;\n", r"x\.cypher:2: .*'DETACH' stands here"),
        ("x.cypher", "LOAD CSV FROM 'file:///etc/hostname' AS x CREATE (:Y);", r"x\.cypher:1: .*'LOAD'"),
        ("x.cypher", "CREATE (:X {n: 'never closed});\n", r"x\.cypher:1: .*never closed"),
        ("x.cypher", "CREATE (a)-[:R]->(b);\n", r"x\.cypher:1: .*not known"),
        ("x.cypher", "CREATE (:X {n: " + "[" * 99, "more than 50 deep"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(ImportInvalid, match=said):
        read(tmp_path, name, text)


def test_obo_has_terms_and_relations(tmp_path: Path) -> None:
    text = (
        "format-version: 1.4\n\n[Term]\nid: X:1\nname: one\nnamespace: n\n"
        'def: "The \\"first\\"." []\nsynonym: "uno" EXACT []\nsynonym: "eins" RELATED []\nis_a: X:2 ! two\n'
        "relationship: part_of X:3\n\n[Term]\nid: X:2\nname: two\nis_obsolete: true\n"
    )

    found = read(
        tmp_path, "x.obo", text, "record", "id", "name", "definition", "synonyms", "obsolete", "predicate", "object"
    )

    assert found == [
        (3, "relation", "X:1", "one", None, None, None, "is_a", "X:2"),
        (3, "relation", "X:1", "one", None, None, None, "part_of", "X:3"),
        (3, "term", "X:1", "one", 'The "first".', "uno|eins", None, None, None),
        (13, "term", "X:2", "two", None, None, "true", None, None),
    ]


def test_dumps_have_nodes_and_relations(tmp_path: Path) -> None:
    text = """
CREATE CONSTRAINT c FOR (n:P) REQUIRE n.id IS UNIQUE;
CREATE (:Person:`UNIQUE IMPORT LABEL` {name: "Ann \\"A\\"", tags: ['x', 'y'], `UNIQUE IMPORT ID`: 7});
UNWIND [{_id: 8, properties: {name: '北'}}] AS row // as APOC writes
CREATE (n:`UNIQUE IMPORT LABEL` {`UNIQUE IMPORT ID`: row._id}) SET n += row.properties SET n:City;
MATCH (a:`UNIQUE IMPORT LABEL` {`UNIQUE IMPORT ID`: 7}), (b:`UNIQUE IMPORT LABEL` {`UNIQUE IMPORT ID`: 8})
MERGE (a)<-[:HOME {since: 1999}]-(b);
"""
    columns = ("record", "labels", "key", "prop_name", "prop_tags", "type", "start", "end", "prop_since")

    assert read(tmp_path, "x.cypher", text, *columns) == [
        (3, "node", "Person", "7", 'Ann "A"', "x|y", None, None, None, None),
        (5, "node", "City", "8", "北", None, None, None, None, None),
        (7, "relation", None, None, None, None, "HOME", "8", "7", "1999"),
    ]


def test_columns_that_a_graph_lacks_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImportInvalid, match="did you mean 'prop_name'"):
        read(tmp_path, "x.cypher", "CREATE (:X {name: 1});", "prop_nam")


def test_a_server_is_asked_and_never_written_to(
    tmp_path: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(USER, neo4j_server.user)
    monkeypatch.setenv(PASSWORD, neo4j_server.password)

    def asked(query: str, *columns: str) -> list[tuple[int | str | None, ...]]:
        return rows(tmp_path, TableForm(format="neo4j", uri=neo4j_server.uri, query=query), "neo4j", columns)

    assert asked("UNWIND [1, 2] AS n RETURN n, ['a', 'b'] AS l, null AS x", "n", "l", "x") == [
        (1, "1", "a|b", None),
        (2, "2", "a|b", None),
    ]
    with pytest.raises(ImportInvalid, match="refuses the query"):
        asked("CREATE (n:ByAnImport) RETURN n", "n")
    with pytest.raises(ImportInvalid, match="refuses the query"):
        asked("RETURN", "n")
    monkeypatch.setenv(PASSWORD, "not-the-password")
    with pytest.raises(ImportInvalid, match=f"set {USER} and {PASSWORD}"):
        asked("RETURN 1 AS n", "n")


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    form = TableForm(format="neo4j", uri="bolt://127.0.0.1:9", query="RETURN 1 AS n")
    with pytest.raises(GraphUnavailable, match="does not answer"):
        rows(tmp_path, form, "neo4j")
