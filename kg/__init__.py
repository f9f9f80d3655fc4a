"""The knowledge graph: model, schema, packs, names, plans, stores. Imports nothing of the layers above."""
