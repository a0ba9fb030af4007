"""Who is contacted, who is left alone, which wave starts when, and the ledger of it."""
