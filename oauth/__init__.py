"""The lock: installations, sign-in state, tokens and scopes; other rooms use `installations` and `tokens`."""
