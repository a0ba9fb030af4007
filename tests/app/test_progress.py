"""Progress is one number from nothing to all, and never falls (S30)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.reports.progress import AFTER_READING, progress_of

BEGAN = datetime(2026, 6, 1, tzinfo=UTC)


def test_s30_of_a_step_its_name_what_is_done_and_the_time_left_are_told() -> None:
    parts: dict[str, dict[str, Any]] = {
        "contacts": {"done": True, "read": 900, "total": 1_000},
        "calls": {"began": int(BEGAN.timestamp() * 1000), "read": 50, "total": 200},
        "notes": {},
    }
    beat = BEGAN + timedelta(seconds=10)
    told = progress_of(parts, is_read=False, asked=(), is_planned=False, beat_at=beat)
    assert (told.step, told.steps, told.name) == (2, 6, "calls")
    assert (told.done, told.total, told.per_second, told.seconds_left) == (50, 200, 5.0, 30.0)
    assert told.share == (1 + 0.25) / 6


@given(totals=st.lists(st.one_of(st.none(), st.integers(0, 500)), min_size=1, max_size=9))
def test_s30_the_number_never_falls_whatever_the_crm_counts(totals: list[int | None]) -> None:
    parts: dict[str, dict[str, Any]] = {f"s{n}": {} for n in range(len(totals))}
    shares = []

    def tell(*, is_read: bool = False, asked: tuple[str, ...] = (), done: bool = False) -> None:
        told = progress_of(parts, is_read=is_read, asked=asked, is_planned=done, beat_at=BEGAN)
        assert 0 <= told.share <= 1
        assert 1 <= told.step <= told.steps
        shares.append(told.share)

    tell()
    for name, total in zip(parts, totals, strict=True):
        parts[name] = {"began": 0, "read": 0, "total": total}
        for read in (0, 100, 300, 700):
            parts[name]["read"] = read
            tell()
        parts[name]["done"] = True
    tell(is_read=True)
    for job, _ in AFTER_READING:
        tell(is_read=True, asked=(job,))
    tell(is_read=True, done=True)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
