"""The connector room."""
