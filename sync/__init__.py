"""Inbox, mirror and outbox between the CRM and us; the only package that opens a live CRM."""
