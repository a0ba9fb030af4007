"""The doors to the CRMs: a port of small capabilities, a registry, and one folder for each CRM; no vendor word passes."""
