"""The pretend HubSpot as an account's people see it: contacts, a record with the app's card, the app's settings."""
