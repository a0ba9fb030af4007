"""An audit as a page: the self-contained report, and what the live audit page needs to draw."""

from dataclasses import replace

from app.audit.assemble import Audit
from app.audit.charts import brackets, marks
from app.pages import environment
from scoring.audit_summary import AuditSummary, TrackRow
from scoring.recency import ACTIVE, UNMEASURABLE

# Content widths in pixels the labels are laid out for: the live page, its half, the A4 sheet.
WIDE, HALF, SHEET, SHEET_HALF = 1104, 480, 682, 325


def render_report(
    summary: AuditSummary, *, title: str, prepared_for: str, audit: Audit | None = None
) -> str:
    """The report as one HTML file without any outside request; `audit` adds files and bad rows."""
    return (
        environment()
        .get_template("report.html")
        .render(
            title=title,
            prepared_for=prepared_for,
            audit=audit,
            **audit_context(summary, width=SHEET, half=SHEET_HALF),
        )
    )


def audit_context(
    summary: AuditSummary, *, width: int = WIDE, half: int = HALF
) -> dict[str, object]:
    """What audit.html and report.html draw from a summary, besides the frame of the page."""
    drawn = marks(summary.bands, width=width)
    largest = max((track.pool for track in summary.tracks), default=0)
    return {
        "summary": summary,
        "bars": drawn,
        "brackets": brackets(summary, drawn, width=width),
        "track_bars": [
            (track, _track_marks(track, largest, half)) for track in summary.tracks if track.pool
        ],
    }


def _track_marks(track: TrackRow, largest: int, width: int) -> list[object]:
    """The track's dormant bands on the scale of the larger track."""
    short = {"365_plus": "365 d +", "never": "Never"}
    parts = [
        replace(part, label=short.get(part.key, part.label))
        for part in track.bands
        if part.key not in (ACTIVE, UNMEASURABLE)
    ]
    return list(marks(parts, width=width, scale=100 * track.pool / largest, shares=False))
