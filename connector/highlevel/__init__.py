"""HighLevel behind the port: what its files and its API say, in our words."""
