"""Rounding that keeps sums: the rounded parts add up to the rounded whole."""

import math
from collections.abc import Sequence


def parts_of(total: int, weights: Sequence[float]) -> list[int]:
    """Whole parts in proportion to the weights that sum to total (largest remainder, Hamilton)."""
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def shares(counts: Sequence[int]) -> list[float]:
    """Percentages with one decimal that sum to 100.0; all 0.0 when there is nothing to share."""
    return [part / 10 for part in parts_of(1000, counts)]


def unit_for(amount: float) -> int:
    """The power of ten that leaves an estimate three leading digits, never below 1."""
    return 1 if amount < 1000 else int(10 ** (math.floor(math.log10(amount)) - 2))


def half_up(value: float) -> int:
    """The nearest whole number; halves go up, as people expect."""
    return math.floor(value + 0.5)


def rounded_parts(total: float, weights: Sequence[float], unit: int) -> list[float]:
    """The weights' shares of total, each a multiple of unit, summing to total rounded to unit."""
    return [float(part * unit) for part in parts_of(half_up(total / unit), weights)]
