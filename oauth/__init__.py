"""Installations, sign-ins, tokens and scopes: who may open which account."""
