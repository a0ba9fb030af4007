"""Pretend records of who comes back by themselves, each of a family whose truth is known."""
