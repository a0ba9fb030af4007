"""How a card writes dates, channels and people, in the viewer's language and on the account's clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton, format_time

from connector.clicks import OPENING
from contact_rules.channels import CHANNELS, Channel
from core.wording import gettext, local, viewer
from scoring.features.signals import CAME_BACK, LABELS, still_lasts

MOST = 160
_TIGHT = "\u202f"  # stands before AM and PM, and looks like nothing in many fonts


def _(text: str) -> str:
    """Marks a text for the catalogue; it is put into the viewer's language when it is shown."""
    return text


KINDS = {
    "purchase": _("Purchase"),
    "meeting": _("Meeting"),
    "call": _("Call"),
    "email": _("E-mail"),
    "sms": _("Text"),
    "form": _("Form"),
    "visit": _("Visit to the website"),
    "click": _("Click"),
    OPENING: _("E-mail opened"),
    "ticket": _("Ticket"),
    "note": _("Note"),
    "feedback": _("Survey answer"),
    "refund": _("Refund"),
    "other": _("Message"),
}
_ANSWERED = {
    "email": _("By e-mail, %(moment)s"),
    "sms": _("By text, %(moment)s"),
    "call": _("By phone, %(moment)s"),
    "form": _("With a form, %(moment)s"),
    "other": _("By message, %(moment)s"),
}


def kind(name: str) -> str:
    """What happened, as a label."""
    return gettext(KINDS[name]) if name in KINDS else name.replace("_", " ").capitalize()


def channel(name: str | None) -> str | None:
    """A channel as a label."""
    return gettext(CHANNELS[Channel(name)].label) if name in set(Channel) else None


def answered(kind_name: str | None, at: datetime, *, now: datetime) -> str:
    """By what somebody answered, and when."""
    told = gettext(_ANSWERED.get(kind_name or "", _ANSWERED["other"]))
    return told % {"moment": moment(at, now=now)}


def day(at: datetime) -> str:
    """For example Jan 23, 2026, on the viewer's clock."""
    return format_date(local(at), "medium", locale=viewer().locale)


def moment(at: datetime, *, now: datetime) -> str:
    """For example today, 10:00 AM, or Sep 1, 10:00 AM; with its year where that is another one."""
    here, today = local(at), local(now).date()
    near = {
        today: gettext("today"),
        today + timedelta(1): gettext("tomorrow"),
        today - timedelta(1): gettext("yesterday"),
    }
    locale = viewer().locale
    date = near.get(here.date())
    if date is None:
        is_near = here.year == today.year
        date = format_skeleton("MMMd", here, locale=locale) if is_near else day(at)
    time = format_time(here, "short", locale=locale).replace(_TIGHT, " ")
    return f"{date}, {time}"


def signal(told: Mapping[str, Any], at: datetime) -> str | None:
    """What makes this a good moment and until when it counts; None once that is over."""
    until = told["signal_until"]
    if told["signal"] is None or not still_lasts(until, at):
        return None
    text = gettext(LABELS[told["signal"]])
    if told["signal"] == CAME_BACK:
        text = gettext("Came back on %(day)s after %(gap)s days") % {
            "day": day(told["signal_at"]),
            "gap": f"{told['signal_gap']:,}",
        }
    return gettext("%(signal)s; counts until %(day)s") % {"signal": text, "day": day(until)}


def fitted(*parts: str | None) -> str:
    """Sentences as one text of at most 160 characters: the last says what to do and stays, others go from behind."""
    said = [part for part in parts if part]
    while len(said) > 1 and len(" ".join(said)) > MOST:
        said.pop(-2)
    text = " ".join(said)
    return text if len(text) <= MOST else text[: MOST - 1].rstrip() + "…"
