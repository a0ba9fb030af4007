"""Write plans: what is to be written to the CRM, approved, written, read back."""
