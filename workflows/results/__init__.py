"""What became of those who were started and of those left alone."""
