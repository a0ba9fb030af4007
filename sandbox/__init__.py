"""Pretend CRMs that speak HTTP: a process of its own, sharing no code with the product."""
