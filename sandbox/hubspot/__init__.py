"""A pretend HubSpot: portals, their records, the public API and the engines behind it."""
