"""A week's report in words: the same lines on its page, in its PDF and in its task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.reports.results.told import finding_of
from app.templating import day
from contact_rules.channels import CHANNELS, Channel
from core.amounts import DASH, money, number
from core.wording import gettext as _

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A number of the week beside that of the week before, both as text."""

    label: str
    value: str
    before: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What outreach added so far of one thing; not `sure` where chance alone may bring it about."""

    label: str
    value: str
    note: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    finding: str
    basis: str
    happened: Sequence[Line]
    added: Sequence[Added]
    stands: Sequence[Line]
    footnote: str


def report_of(week: str, figures: Figures, before: Figures | None) -> Report:
    """The report of a week, in the viewer's language; `before` are the figures of the week before, if there are any."""
    results = figures["results"]
    return Report(
        title=title_of(week),
        finding=_finding(figures),
        basis=_basis(results),
        happened=list(_happened(figures["week"], before["week"] if before else {})),
        added=[] if results is None else list(_added(results)),
        stands=list(_stands(figures["standing"], before["standing"] if before else {})),
        footnote=_(
            "The week runs from Monday to Sunday on your account's clock. What outreach added is taken from the page "
            "Results, where people left alone on purpose show what comes back by itself. The report names nobody."
        ),
    )


def title_of(week: str) -> str:
    """For example: November 16, 2026 to November 22, 2026."""
    monday = date.fromisoformat(week)
    return _("%(first)s to %(last)s") % {
        "first": day(monday),
        "last": day(monday + timedelta(days=6)),
    }


def lines_of(report: Report) -> Iterator[str]:
    """The report as plain lines, for a task."""
    yield report.finding
    if report.basis:
        yield report.basis
    for line in (*report.happened, *report.stands):
        yield f"{line.label}: {line.value}"


def _finding(figures: Figures) -> str:
    if figures["results"] is not None and figures["results"]["started"]:
        return finding_of(figures["results"]["extra"])
    if figures["week"]["started"]:
        return _("The first people have been contacted; what comes of it is told from 7 days on.")
    return _("Nobody has been contacted yet.")


def _basis(results: Figures | None) -> str:
    if results is None or not results["started"]:
        return ""
    return _(
        "Within %(days)s days, of %(started)s people contacted and %(alone)s left alone on purpose."
    ) % {
        "days": number(results["at_days"]),
        "started": number(results["started"]),
        "alone": number(results["left_alone"]),
    }


def _happened(week: Figures, before: Figures) -> Iterator[Line]:
    labels = {
        "started": _("People started"),
        "left_alone": _("Left alone on purpose"),
        "messages": _("Messages and calls asked for"),
        "answers": _("Answers"),
        "positive": _("of them a yes"),
        "opted_out": _("of them a wish to be left alone"),
        "tasks": _("Tasks made for your team"),
        "done": _("of them done"),
    }
    for name, label in labels.items():
        yield Line(label, _number(week[name]), _number(before.get(name)), _channels(name, week))


def _channels(name: str, week: Figures) -> str:
    if name != "messages" or not week["channels"]:
        return ""
    return ", ".join(
        f"{_(CHANNELS[Channel(channel)].label)} {number(count)}"
        for channel, count in week["channels"].items()
    )


def _added(results: Figures) -> Iterator[Added]:
    labels = {
        "responded": _("Extra responses"),
        "booked": _("Extra bookings"),
        "sold": _("Extra sales"),
        "revenue": _("Extra revenue"),
    }
    for name, label in labels.items():
        one = results["extra"][name]

        def told(value: float, *, is_money: bool = name == "revenue") -> str:
            return money(value, results["currency"]) if is_money else number(round(value))

        sure = one["verdict"] == "measured"
        notes = [] if sure else [_("Not yet measurable")]
        if one["value"] is not None:
            low, high = told(one["low"]), told(one["high"])
            notes.insert(0, _("95%% interval %(low)s to %(high)s") % {"low": low, "high": high})
        smallest = results["smallest"].get(name)
        if smallest is not None:
            notes.append(
                _("smallest detectable: %(points)s points") % {"points": number(smallest * 100, 1)}
            )
        value = DASH if one["value"] is None else told(one["value"])
        yield Added(label, value, "; ".join(notes), sure)


def _stands(now: Figures, before: Figures) -> Iterator[Line]:
    labels = {
        "contacts": _("Contacts"),
        "dormant": _("Quiet for 90 days or more"),
        "reachable": _("of those and of the never engaged, may be contacted"),
        "running": _("In a playbook now"),
        "late": _("Answers that wait longer than they should"),
    }
    for name, label in labels.items():
        yield Line(label, _number(now[name]), _number(before.get(name)))


def _number(value: int | None) -> str:
    return DASH if value is None else number(value)
