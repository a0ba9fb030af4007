"""What the CRMs deliver: stored once, answered at once, handled later."""
