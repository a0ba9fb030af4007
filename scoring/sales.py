"""What a typical sale was worked out from, in words that can be shown."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SaleBasis:
    """What an account's typical sale was worked out from.

    `counted` sales are worth counting: those of `over` or more, or all where `over` is None. The `left_out` are
    smaller: small things beside large ones. `typical` is their mean without the extremes, or the median of a few. None
    are counted where no sale is on record: then it is what the playbook says.
    """

    typical: float
    counted: int
    over: float | None = None
    left_out: int = 0
    is_median: bool = False

    def told(self, money: Callable[[float], str]) -> str:
        """Such as "mean of 412 sales of $50 or more; 1,203 smaller ones left out"."""
        if not self.counted:
            return "planning value of the playbook; no sale is on record"
        sales = "1 sale" if self.counted == 1 else f"{self.counted:,} sales"
        said = f"{'median' if self.is_median else 'mean'} of {sales}"
        if self.over is None:
            return said
        return f"{said} of {money(self.over)} or more; {self.left_out:,} smaller left out"
