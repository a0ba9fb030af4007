"""What we promise HighLevel's marketplace: one file, typed into the developer portal, which reads none itself."""
