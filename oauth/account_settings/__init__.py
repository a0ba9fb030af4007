"""What an account has decided: versioned values of its own over its agency's over the defaults."""
