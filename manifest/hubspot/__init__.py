"""HubSpot's project files, as `hs project upload` sends them, and the reader for them."""
