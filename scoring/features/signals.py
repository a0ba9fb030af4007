"""Moments at which a contact is more receptive: their names, their words, how much each lifts (S10)."""

from datetime import datetime

# In order of weight: one contact shows the first that holds.
CAME_BACK, DUE, RENEWAL, SEASON = "came_back", "due", "renewal", "season"
SIGNALS = (CAME_BACK, DUE, RENEWAL, SEASON)
LABELS = {
    CAME_BACK: "Came back after a long silence",
    DUE: "Due again",
    RENEWAL: "A contract or warranty ends soon",
    SEASON: "Bought around this time of year",
}

# Log-odds of an answer while it lasts: a visit within the last week counts most (sandbox sheet F);
# the others are planning values until an account's own outcomes speak.
LIFT = {CAME_BACK: 1.0, DUE: 0.4, RENEWAL: 0.4, SEASON: 0.2}


def still_lasts(until: datetime | None, at: datetime) -> bool:
    """Whether a signal still counts at a moment."""
    return until is not None and at < until
