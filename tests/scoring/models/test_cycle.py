"""Due dates by rule."""

import numpy as np
import pytest

from core.errors import Invalid
from scoring.models.cycle import Cycle


@pytest.mark.parametrize(
    "days", [(-1, 5, 9), (6, 5, 9), (1, 10, 9), (1, 5, np.inf), (np.nan, 5, 9)]
)
def test_a_due_date_must_be_in_order(days: tuple[float, float, float]) -> None:
    with pytest.raises(Invalid, match="min <= due <= max"):
        Cycle(*days)
