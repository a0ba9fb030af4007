"""Playbooks: what is done about whom in each line of business, as data."""
