"""The results that a job has stored, as every page and report finds them."""

from typing import Any

import orjson
from sqlalchemy.engine import Connection

from core.amounts import number
from core.wording import gettext as _
from workflows.results import store
from workflows.results.measuring import HORIZONS


def find_told(
    connection: Connection, account_id: str, days: int | None = None
) -> dict[str, Any] | None:
    """The figures at so many days, or at the most that anybody has come to; None before there are any."""
    found = _find(connection, account_id, days or max(HORIZONS))
    if found is None or days is not None:
        return found
    reached = [h["days"] for h in found["horizons"] if h["started"]["people"]]
    return _find(connection, account_id, max(reached, default=min(HORIZONS)))


def _find(connection: Connection, account_id: str, days: int) -> dict[str, Any] | None:
    text = store.find_figures(connection, account_id, days)
    return None if text is None else dict(orjson.loads(text))


def finding_of(extra: dict[str, Any]) -> str:
    """What outreach added, in one sentence: only what chance alone would not bring about."""
    sure = [
        f"{number(round(one['value']))} {words}"
        for name, words in (
            ("responded", _("responses")),
            ("booked", _("bookings")),
            ("sold", _("sales")),
        )
        if (one := extra[name])["verdict"] == "measured" and one["value"] > 0
    ]
    if not sure:
        return _("What outreach adds is not yet measurable.")
    return _("%(what)s that would not have happened otherwise.") % {"what": ", ".join(sure)}
