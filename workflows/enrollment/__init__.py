"""The ledger of who is started in which workflow of the CRM."""
