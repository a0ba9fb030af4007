"""Against what real customers did: the published sample of CDNOW, judged as in the papers."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "cdnow_sample_purchases.csv"

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not beside the tree")


def test_the_score_is_better_than_each_rival_and_well_calibrated(
    as_json: Callable[..., dict[str, Any]],
) -> None:
    answer = as_json(SAMPLE, "--out", "out.csv", end="1997-09-30", days=273)
    assert (answer["customers"], answer["returned"]) == (2_357, 684)
    methods = answer["methods"]
    ours = methods.pop("rekindle")
    for rival in methods.values():
        assert ours["log_loss"] < rival["log_loss"]
        assert ours["quiet_90"]["log_loss"] < rival["quiet_90"]["log_loss"]
    assert ours["ece"] <= 0.03
    assert "better than recency, RFM and BG/NBD" in answer["verdict"]
    with Path("out.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["customer_id"] == "0001"
    total = sum(float(row["expected_purchases"]) for row in rows)
    assert total == pytest.approx(answer["expected_purchases"]["predicted"], abs=1e-3)
