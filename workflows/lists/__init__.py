"""Groups of the audit that a person lets be written into the CRM, as a list or a tag there."""
