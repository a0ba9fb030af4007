"""The cards room."""
