"""A scored account summed up for its owner."""
