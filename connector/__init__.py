"""The doors to the CRMs: a port of capabilities, a registry, one folder for each CRM; no vendor word passes."""
