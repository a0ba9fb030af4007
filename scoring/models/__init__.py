"""Models of when people come back and what they spend: numpy and scipy alone, no rows, no I/O."""
