"""Which of an account's own fields may be used, and what their values mean."""
