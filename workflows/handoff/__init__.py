"""Handoff: what happens at a person's first answer."""
