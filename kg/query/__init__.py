"""Plans over the graph: checked against a schema, described in words, compiled, run."""
