"""An audit of a contact export: read the files, score, report; it needs no installation."""
