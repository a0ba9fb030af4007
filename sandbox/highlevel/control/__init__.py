"""Steering the pretend HighLevel: its app, tokens, limits, locations, records and workflows."""
