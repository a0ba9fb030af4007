"""Openers: the words of a touch, out of facts we hold."""
