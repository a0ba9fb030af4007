"""Doing what people of the team ask for about one contact: through the gate and the ledger, logged, taken back."""
