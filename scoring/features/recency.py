"""The bands of silence, and which silences an account's history can show."""

from datetime import datetime, timedelta

ACTIVE, D90, D180, D365 = "active", "90_179", "180_364", "365_plus"
NEVER, UNMEASURABLE = "never", "unmeasurable"
BANDS = (ACTIVE, D90, D180, D365, NEVER, UNMEASURABLE)
DORMANT_BANDS = (D90, D180, D365)
BOUNDARIES = {"d90": 90, "d180": 180, "d365": 365}


def measurable(history_start: datetime | None, as_of: datetime) -> dict[str, bool]:
    """For each boundary, whether the recorded history reaches back that far."""
    if history_start is None:
        return dict.fromkeys(BOUNDARIES, False)
    reach = as_of - history_start
    return {name: reach >= timedelta(days=days) for name, days in BOUNDARIES.items()}
