"""Pretend people who go quiet, come back and answer, described without any CRM's words."""
