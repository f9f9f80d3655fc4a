"""Measures whole systems: the same questions to every arm, one scorer for all, one report.

`arms` names the arms and opens them, `own` are ours, `bare`, `retrieval` and `cypher` the others; `run` asks and
records, `tallies` counts, `page` draws. `kgqa` measures a public set of questions over triples.
"""
