"""HubSpot: dated API 2026-09, OAuth, signed webhooks, properties as triggers."""
