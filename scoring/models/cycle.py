"""When people of a line of business are due again, by rule: recall visits, devices, contracts."""

from dataclasses import dataclass

import numpy as np

from core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Cycle:
    """A due date by rule, in days since the last purchase: not before min, due, gone after max."""

    min: float
    due: float
    max: float

    def __post_init__(self) -> None:
        """Raise Invalid where the days are not in order."""
        if not 0 <= self.min <= self.due <= self.max < np.inf:
            raise Invalid("a cycle needs 0 <= min <= due <= max, in days")
