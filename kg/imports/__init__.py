"""Importing third-party tables into a domain: a mapping says what columns mean, the store gets all of it or nothing.

The way of a row, each step a module:

1. `forms`, `mapping`: MAPPING.yaml, checked against itself and the domain's schema, all faults at once.
2. `files`, `readers`: each table becomes a DuckDB table of texts; what is no row is rejected with its reason.
3. `names`: texts are cleaned and folded, once for each distinct one.
4. `entities`: rows join entities by identifier, then by folded name and type. An ambiguous name joins nothing.
5. `facts`: rows become facts with the ids, evidence and layout that the store's own facts have.
6. `staged`: the result as Parquet files, which the stores take in bulk (`GraphStore.extend`).

Everything between reading and staging is set-wise SQL in a DuckDB file that may spill to disk, so that memory does
not grow with the rows. Nothing touches the store before the last step, and that step is all or nothing; whoever is
interrupted runs the same command again and gets the same graph, because ids follow from contents.

What the mapping adds to the schema travels in the store beside the facts (`extension`), so that a domain that is
opened later answers with it. An imported relation never feeds a safety rule unless the mapping says so.
"""
