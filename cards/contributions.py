"""What moves the number on one contact's card, worked out when it is asked for: no score stores it."""

from dataclasses import dataclass

from sqlalchemy.engine import Engine

from core.db import reading
from oauth.store import Installation
from scoring import store as scores
from sync.frames import load_frames


@dataclass(frozen=True, slots=True)
class Moved:
    """A feature in words and its effect in points of a hundred, as it is read."""

    label: str
    effect: str


def load_contributions(
    engine: Engine, installation: Installation, contact_id: str, *, vertical: str
) -> tuple[Moved, ...]:
    """Every feature that moves the chance of an answer, the most first; as of the contact's score, by its model.

    Nothing where the contact has no such chance, or the model is none that can be read.
    """
    # polars is loaded when a card is opened, not when the process starts.
    from scoring.contributions import contributions  # noqa: PLC0415
    from scoring.loading import find_learnt, settings_of  # noqa: PLC0415
    from scoring.prepare import prepare  # noqa: PLC0415
    from scoring.score import with_chances  # noqa: PLC0415

    account_id = installation.account_id
    with reading(engine) as connection:
        score = scores.find_score(connection, account_id, contact_id)
        scoring = scores.find_scoring(connection, account_id)
        if score is None or scoring is None or score["likelihood"] is None:
            return ()
        learnt = find_learnt(connection, account_id, score["model_version"])
    if learnt is None:
        return ()
    contacts, events = load_frames(
        engine, account_id, as_of=score["as_of"], contact_ids=[contact_id]
    )
    if not contacts.height:
        return ()
    prepared = prepare(
        contacts,
        events,
        as_of=score["as_of"],
        settings=settings_of(installation, vertical=vertical),
        history_start=scoring["history_start"],
    )
    found = contributions(with_chances(prepared, learnt), learnt)
    return tuple(Moved(one.label, _signed(one.points)) for one in found)


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−")
