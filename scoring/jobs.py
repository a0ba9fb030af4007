"""RQ's edge of the mind: reads columns, scores, stores."""

from collections.abc import Iterator
from typing import Any

from core import log
from core.context import current
from core.facts import ContactsScored
from scoring import store
from scoring.tables import scores
from sync.frames import load_frames
from sync.live import is_active, load_active

MODEL_VERSION = "2026.11-priors"


def score_account(account_id: str) -> None:
    """Score every contact of the account as of now."""
    # polars must not be loaded in the worker that forks this job.
    from scoring.score import ScoreSettings, dormant_counts, score_contacts  # noqa: PLC0415

    here = current()
    if not is_active(here, account_id):
        return
    installation = load_active(here, account_id)
    as_of = here.clock.now()
    contacts, events = load_frames(here.engine, account_id, as_of=as_of)
    scored = score_contacts(
        contacts, events, as_of=as_of, settings=ScoreSettings(currency=installation.currency)
    )
    frame, now = scored.frame, here.wall.now()
    with here.engine.begin() as tx:
        store.save_scores(tx, account_id, _rows(frame), as_of=as_of, scored_at=now)
        store.record_scoring(
            tx,
            account_id,
            {
                "as_of": as_of,
                "model_version": MODEL_VERSION,
                "contacts": frame.height,
                "dormant": dormant_counts(scored),
                "tracks": _counts(frame["track"]),
                "segments": _counts(frame["segment"]),
                "scored_at": now,
            },
        )
    log.get(__name__).info("scoring.account.scored", account_id=account_id, contacts=frame.height)
    here.publish(ContactsScored(account_id))


def _rows(frame: Any) -> Iterator[dict[str, Any]]:
    names = [c.name for c in scores.columns if c.name in frame.columns]
    yield from frame.select(names).iter_rows(named=True)


def _counts(column: Any) -> dict[str, int]:
    return {str(value): int(n) for value, n in sorted(column.value_counts().iter_rows())}
