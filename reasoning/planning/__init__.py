"""From a reading to a typed plan: candidates by rules, the choice among them by rules or by a model."""
