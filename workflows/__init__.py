"""The hands: who may be contacted, who is left alone, which wave starts when, and the ledger of it."""
