"""An audit as a page: the self-contained report, and what the live audit page needs to draw."""

from dataclasses import replace
from typing import TYPE_CHECKING

from app.reports.audit.charts import brackets, marks
from app.templating import environment
from scoring.features.recency import ACTIVE, UNMEASURABLE
from scoring.summary.audit_summary import AuditSummary, TrackRow

if TYPE_CHECKING:  # it reads files into columns
    from app.reports.audit.assemble import Audit

# Widths in pixels the labels are laid out for: the live page, the A4 sheet, and a track's bar,
# which must also do on a phone.
WIDE, SHEET, TRACK = 1104, 682, 320


def render_report(
    summary: AuditSummary, *, title: str, prepared_for: str, audit: "Audit | None" = None
) -> str:
    """The report as one HTML file without any outside request; `audit` adds files and bad rows."""
    return (
        environment()
        .get_template("report.html")
        .render(
            title=title,
            prepared_for=prepared_for,
            audit=audit,
            **audit_context(summary, width=SHEET),
        )
    )


def audit_context(summary: AuditSummary, *, width: int = WIDE) -> dict[str, object]:
    """What audit.html and report.html draw from a summary, besides the frame of the page."""
    drawn = marks(summary.bands, width=width)
    largest = max((track.pool for track in summary.tracks), default=0)
    return {
        "summary": summary,
        "bars": drawn,
        "brackets": brackets(summary, drawn, width=width),
        "track_bars": [
            (track, _track_marks(track, largest)) for track in summary.tracks if track.pool
        ],
    }


def _track_marks(track: TrackRow, largest: int) -> list[object]:
    """The track's dormant bands on the scale of the larger track."""
    short = {"365_plus": "365 d +", "never": "Never"}
    parts = [
        replace(part, label=short.get(part.key, part.label))
        for part in track.bands
        if part.key not in (ACTIVE, UNMEASURABLE)
    ]
    return list(marks(parts, width=TRACK, scale=100 * track.pool / largest, shares=False))
