"""What entities get from their rows: names and properties, for new ones and for those that were there."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__all__ = ["give"]


def give(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `entity_new` and `entity_more`, whole rows; `name_dropped` and `property_kept` say what was not given.

    A further name that another entity of the type has, or that two entities claim, joins nothing. A property that an
    entity has stays as it is.
    """
    _names(connection)
    _properties(connection)
    entry = (
        "'[' || to_json({0}.text)::VARCHAR || ',\"' || {0}.language || '\",\"' || {1} || '\",\"' || {0}.source || '\"]'"
    )
    further = entry.format("k", "CASE WHEN k.kind = 'standard' THEN 'alias' ELSE k.kind END")
    connection.execute(f"""
        CREATE TABLE entity_new AS
        WITH more AS (
            SELECT id, string_agg({entry.format("k", "k.sort")}, ','
                ORDER BY k.kind <> 'standard', k.position, k.text) AS names
            FROM (SELECT *, CASE WHEN kind = 'standard' AND (language = known_in OR row_number() OVER (
                        PARTITION BY id, language, kind ORDER BY position, text) > 1) THEN 'alias' ELSE kind END AS sort
                  FROM name_kept) k
            WHERE known_in IS NOT NULL GROUP BY id
        )
        SELECT i.id, i.type, '[' || {entry.format("i", "'standard'")} || coalesce(',' || m.names, '') || ']' AS names,
            '{{' || coalesce(p.said, '') || '}}' AS properties
        FROM item i LEFT JOIN more m USING (id) LEFT JOIN property_more p USING (id) WHERE i.fate = 'new'
        UNION ALL
        SELECT m.id, m.type, '[' || {entry.format("m", "'standard'")} || ']', '{{}}' FROM made_once m;
        CREATE TABLE entity_more AS
        SELECT o.id, o.type,
            left(o.names, length(o.names) - 1) || CASE WHEN o.names <> '[]' AND k.said IS NOT NULL THEN ',' ELSE '' END
                || coalesce(k.said, '') || ']' AS names,
            left(o.properties, length(o.properties) - 1)
                || CASE WHEN o.properties <> '{{}}' AND p.said IS NOT NULL THEN ',' ELSE '' END
                || coalesce(p.said, '') || '}}' AS properties
        FROM old_entity o
        LEFT JOIN (
            SELECT id, string_agg({further}, ',' ORDER BY k.position, k.text) AS said FROM name_kept k GROUP BY id) k
            USING (id)
        LEFT JOIN property_more p USING (id) WHERE k.said IS NOT NULL OR p.said IS NOT NULL
    """)


def _names(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `name_kept`, the further names that go to one entity, `name_dropped` for the others, and `made_once`."""
    connection.execute("""
        CREATE TABLE made_once AS
        SELECT id, any_value(type) AS type, arg_min(text, place) AS text, any_value(key) AS key,
            arg_min(language, place) AS language, arg_min(source, place) AS source
        FROM made ANTI JOIN (SELECT id FROM item WHERE fate = 'new') i USING (id) GROUP BY id;
        CREATE TABLE name_more AS
        SELECT m.* FROM (
            -- Homophones are normal: a romanised name belongs to its entity and is never shared.
            SELECT i.id, i.type, n.text, n.fault, n.language, n.place AS position, i.source,
                CASE WHEN n.language LIKE '%-Latn' THEN i.id || ' ' ELSE '' END || n.key AS key,
                CASE WHEN n.place = 1 THEN 'alias' ELSE n.kind END AS kind,
                (CAST(i.block AS BIGINT) << 40) + i._row AS place
            FROM item_name n JOIN item i ON i.block = n.block AND i._row = n._row
            WHERE i.fate IN ('new', 'merged', 'duplicate')) m
        ANTI JOIN (SELECT id, key FROM old_name UNION SELECT id, key FROM item WHERE fate = 'new') h
            ON h.id = m.id AND h.key = m.key;
        CREATE TABLE name_owner AS
        SELECT type, key, count(DISTINCT id) AS owners FROM (
            SELECT type, key, id FROM old_name UNION ALL SELECT type, key, id FROM item WHERE fate = 'new'
            UNION ALL SELECT type, key, id FROM made_once
            UNION ALL SELECT type, key, id FROM name_more WHERE fault = '') GROUP BY ALL;
        CREATE TABLE name_dropped AS
        SELECT m.id, m.type, m.text, min(m.place) AS place,
            any_value(CASE WHEN m.fault <> '' THEN m.fault ELSE 'the name means several things' END) AS reason
        FROM name_more m LEFT JOIN name_owner o USING (type, key)
        WHERE m.fault <> '' OR o.owners > 1 GROUP BY m.id, m.type, m.text;
        CREATE TABLE name_kept AS
        SELECT m.id, arg_min(m.text, (m.position, m.place)) AS text, m.key, any_value(n.language) AS known_in,
            arg_min(m.language, (m.position, m.place)) AS language, arg_min(m.kind, (m.position, m.place)) AS kind,
            min(m.position) AS position, arg_min(m.source, (m.position, m.place)) AS source
        FROM name_more m JOIN name_owner o USING (type, key)
        LEFT JOIN (SELECT id, language FROM item WHERE fate = 'new') n ON n.id = m.id
        WHERE o.owners = 1 AND m.fault = ''
        GROUP BY m.id, m.key
    """)


def _properties(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `property_more`, the properties that an entity gets as the inside of a JSON object, and `property_kept`."""
    connection.execute("""
        CREATE TABLE property_said AS
        SELECT i.id, p.name, arg_min(p.value, (p.block, p._row)) AS value FROM item_property p
        JOIN item i ON i.block = p.block AND i._row = p._row
        WHERE i.fate IN ('new', 'merged', 'duplicate') AND p.value IS NOT NULL GROUP BY i.id, p.name;
        CREATE TABLE property_kept AS
        SELECT s.id, s.name, s.value, o.properties FROM property_said s JOIN old_entity o USING (id)
        WHERE json_exists(o.properties, '$."' || s.name || '"');
        CREATE TABLE property_more AS
        SELECT s.id, string_agg('"' || s.name || '":' || s.value, ',' ORDER BY s.name) AS said
        FROM property_said s ANTI JOIN property_kept k ON k.id = s.id AND k.name = s.name GROUP BY s.id
    """)
