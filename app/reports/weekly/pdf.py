"""A week's report as a PDF: one A4 page that an owner keeps, in greys that differ when printed in black and white."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from app.reports.weekly.words import Line, Report
from core.wording import gettext as _
from core.wording import viewer

_FONTS = Path(__file__).parent / "fonts"
_TEXT, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_INK, _QUIET, _RULE = "#171B26", "#5F687A", "#C9CFDA"
_MARGIN = 51.0  # points: 18 mm, and 2 mm of the frame's own
# Of the 481 points between the margins.
_COLUMNS = (301.0, 90.0, 90.0)


def draw_pdf(report: Report, *, prepared_for: str) -> bytes:
    """The report as a file; fonts are in it, so that any reader shows every name."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415  slow to load, and rarely asked for
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer  # noqa: PLC0415

    _register()
    styles = _styles()
    written = BytesIO()
    title = f"{report.title} · {prepared_for}"
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        author="Rekindle",
        lang=viewer().locale.language,
    )

    def text(said: str, style: str) -> Paragraph:
        return Paragraph(escape(said), styles[style])

    parts: list[Any] = [
        _letter(prepared_for, styles),
        text(report.title, "title"),
        text(report.finding, "finding"),
    ]
    if report.basis:
        parts.append(text(report.basis, "quiet"))
    if report.added:
        rows = [
            [text(one.label, "text"), text(one.value, "figure"), text(one.note, "small")]
            for one in report.added
        ]
        parts += [Spacer(0, 10), _table(rows, (130.0, 91.0, 260.0))]
    for head, lines in (
        (_("What happened"), report.happened),
        (_("Where you stand"), report.stands),
    ):
        parts += [Spacer(0, 8), text(head, "head"), _numbers(lines, styles)]
    parts += [Spacer(0, 14), text(report.footnote, "small")]
    document.build(parts)
    return written.getvalue()


def _letter(prepared_for: str, styles: dict[str, Any]) -> Any:
    from reportlab.platypus import Paragraph, Table  # noqa: PLC0415

    left = Paragraph(escape(prepared_for), styles["name"])
    right = Paragraph(escape(f"Rekindle · {_('Weekly report')}"), styles["side"])
    rule = [("LINEBELOW", (0, 0), (-1, -1), 1.2, _INK), ("BOTTOMPADDING", (0, 0), (-1, -1), 8)]
    return Table([[left, right]], colWidths=(281, 200), style=[*rule, *_FLUSH])


# Text begins and ends where the page's does.
_FLUSH = [("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0)]


def _numbers(lines: Sequence[Line], styles: dict[str, Any]) -> Any:
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    def row(label: str, value: str, before: str, style: str) -> list[Paragraph]:
        cells = ((label, "text" if style == "figure" else style), (value, style), (before, "side"))
        return [Paragraph(escape(said), styles[name]) for said, name in cells]

    head = row("", _("This week"), _("The week before"), "side")
    return _table(
        [
            head,
            *(
                row(
                    f"{one.label} ({one.note})" if one.note else one.label,
                    one.value,
                    one.before,
                    "figure",
                )
                for one in lines
            ),
        ],
        _COLUMNS,
    )


def _table(rows: list[list[Any]], widths: tuple[float, ...]) -> Any:
    from reportlab.platypus import Table  # noqa: PLC0415

    lines = [("LINEBELOW", (0, 0), (-1, -1), 0.5, _RULE), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    space = [("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 0), (-1, -1), 4)]
    return Table(rows, colWidths=widths, style=[*lines, *space, *_FLUSH])


@cache
def _register() -> None:
    """Fonts with the letters of every European language; only those that a file uses go into it."""
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    for name in (_TEXT, _BOLD):
        pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"{name}.ttf")))


@cache
def _styles() -> dict[str, Any]:
    from reportlab.lib.enums import TA_RIGHT  # noqa: PLC0415
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415

    def style(size: float, *, bold: bool = False, color: str = _INK, **more: Any) -> ParagraphStyle:
        font = _BOLD if bold else _TEXT
        name = f"{size}{font}{color}{more}"
        return ParagraphStyle(
            name, fontName=font, fontSize=size, leading=size * 1.4, textColor=color, **more
        )

    return {
        "name": style(11, bold=True),
        "side": style(8.5, color=_QUIET, alignment=TA_RIGHT),
        "title": style(17, bold=True, spaceBefore=14, spaceAfter=4),
        "finding": style(11.5),
        "head": style(10.5, bold=True, spaceBefore=6, spaceAfter=2),
        "text": style(9),
        "figure": style(9, bold=True, alignment=TA_RIGHT),
        "quiet": style(9, color=_QUIET, spaceBefore=2),
        "small": style(8, color=_QUIET),
    }
