"""Columns of text made into values: dates, numbers, yes and no, addresses."""
