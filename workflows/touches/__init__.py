"""Touches: asked for one by one just before they are due, and proved by the CRM's own evidence."""
