"""HighLevel behind the port: OAuth for accounts and agencies, contacts, custom fields, workflows, signed webhooks."""
