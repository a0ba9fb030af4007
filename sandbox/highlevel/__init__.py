"""A pretend HighLevel, written from its published documents and nothing of the product."""
