"""The adapters to the CRMs: a port of capabilities, a registry, one folder for each; no vendor word leaves it."""
