"""Steering the pretend HubSpot: its app, tokens, limits, records and workflows, and pages to look at them."""
