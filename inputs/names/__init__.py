"""What inputs are called: one table a language, and how a name is compared."""
