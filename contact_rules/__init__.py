"""May this person be contacted, and how: one rule book; and what their words say about it."""
