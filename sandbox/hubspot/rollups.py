"""The calculated contact properties: latest dates and counts that HubSpot derives from events."""

from dataclasses import dataclass, field

from sandbox.kit.moments import iso
from sandbox.world.events import Event, Kind, from_ms, to_ms

GRAYMAIL_NEVER_ENGAGED = 11  # unopened sends after which HubSpot calls a contact unengaged
GRAYMAIL_ENGAGED_ONCE = 16

_CONTACTED = ("notes_last_contacted", "notes_last_updated")
_SEEN = ("hs_analytics_last_visit_timestamp", "hs_analytics_last_timestamp")
_ENGAGED = ("hs_last_sales_activity_timestamp",)
_MEETING = (*_CONTACTED, "hs_latest_meeting_activity")

#: Dates that move forward with each kind of event.
LATEST: dict[Kind, tuple[str, ...]] = {
    Kind.FORM: ("recent_conversion_date", *_SEEN, *_ENGAGED),
    Kind.VISIT: (*_SEEN, *_ENGAGED),
    Kind.EMAIL_IN: ("hs_sales_email_last_replied", "notes_last_updated", *_ENGAGED),
    Kind.EMAIL_OUT: _CONTACTED,
    Kind.SMS_IN: (*_CONTACTED, *_ENGAGED),
    Kind.SMS_OUT: _CONTACTED,
    Kind.CALL_IN: (*_CONTACTED, *_ENGAGED),
    Kind.CALL_ANSWERED: (*_CONTACTED, *_ENGAGED),
    Kind.CALL_MISSED: _CONTACTED,
    Kind.MEETING_COMPLETED: (*_MEETING, *_ENGAGED),
    Kind.MEETING_NO_SHOW: _MEETING,
    Kind.MEETING_CANCELLED: ("notes_last_updated", "hs_latest_meeting_activity"),
    Kind.MEETING_BOOKED: ("engagements_last_meeting_booked", "notes_last_updated", *_ENGAGED),
    Kind.OPEN: ("hs_email_last_open_date",),
    Kind.CLICK: ("hs_email_last_click_date",),
    Kind.NOTE: ("notes_last_updated",),
}

#: Numbers that grow by one with each kind of event.
COUNTS: dict[Kind, tuple[str, ...]] = {
    Kind.FORM: ("num_conversion_events", "hs_analytics_num_visits", "hs_analytics_num_page_views"),
    Kind.VISIT: ("hs_analytics_num_visits", "hs_analytics_num_page_views"),
    Kind.EMAIL_IN: ("num_notes",),
    Kind.EMAIL_OUT: ("num_notes", "num_contacted_notes"),
    Kind.SMS_IN: ("num_notes", "num_contacted_notes"),
    Kind.SMS_OUT: ("num_notes", "num_contacted_notes"),
    Kind.CALL_IN: ("num_notes", "num_contacted_notes"),
    Kind.CALL_ANSWERED: ("num_notes", "num_contacted_notes"),
    Kind.CALL_MISSED: ("num_notes", "num_contacted_notes"),
    Kind.MEETING_COMPLETED: ("num_notes", "num_contacted_notes"),
    Kind.MEETING_NO_SHOW: ("num_notes", "num_contacted_notes"),
    Kind.MEETING_CANCELLED: ("num_notes",),
    Kind.OPEN: ("hs_email_open",),
    Kind.CLICK: ("hs_email_click",),
    Kind.BOUNCE: ("hs_email_bounce",),
    Kind.NOTE: ("num_notes",),
}

_ENGAGEMENT_TYPES = {
    Kind.FORM: "FORM_SUBMITTED",
    Kind.VISIT: "HUBSPOT_REVISIT",
    Kind.EMAIL_IN: "EMAIL_REPLY",
    Kind.CALL_ANSWERED: "CALL_ANSWERED",
    Kind.CALL_IN: "CALL_ANSWERED",
    Kind.MEETING_BOOKED: "MEETING_BOOKED",
}


@dataclass(slots=True)
class Rollup:
    """The running roll-ups of one contact; `take_changes` hands over what moved."""

    latest: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    amounts: dict[str, float] = field(default_factory=dict)
    engaged_by_mail: bool = False
    _changed: set[str] = field(default_factory=set)

    def add(self, event: Event, *, form: str = "", marketing: bool = False) -> None:
        """Count one event; `form` is the name of a submitted form, `marketing` a mass e-mail."""
        at, kind = to_ms(event.at), event.kind
        for name in LATEST.get(kind, ()):
            self._move(name, at)
        for name in COUNTS.get(kind, ()):
            self.count(name)
        if kind in _ENGAGEMENT_TYPES and self.latest[_ENGAGED[0]] == at:
            self._say("hs_last_sales_activity_type", _ENGAGEMENT_TYPES[kind])
        match kind:
            case Kind.FORM:
                self._form(at, form)
            case Kind.EMAIL_IN if marketing:
                self._move("hs_email_last_reply_date", at)
                self.count("hs_email_replied")
                self._mail_engaged()
            case Kind.OPEN if not event.by_machine:
                self._mail_engaged()
            case Kind.CLICK:
                self._mail_engaged()
            case Kind.PURCHASE:
                self.deal(at, at, event.amount or 0.0)
            case Kind.EMAIL_OUT if marketing:
                self.sends(1, at, at, unopened=1)
            case _:
                pass

    def sends(self, number: int, first_ms: int, last_ms: int, *, unopened: int) -> None:
        """Count marketing e-mails, of which the last `unopened` met with no sign of interest."""
        self._begin("hs_email_first_send_date", first_ms)
        self._move("hs_email_last_send_date", last_ms)
        self.count("hs_email_delivered", number)
        self.count("hs_email_sends_since_last_engagement", unopened)

    def deal(self, created_ms: int, closed_ms: int | None, amount: float) -> None:
        """Count a deal; `closed_ms` is when it was won, None for an open one."""
        self.count("num_associated_deals")
        self._begin("first_deal_created_date", created_ms)
        if closed_ms is None:
            return
        if closed_ms >= self.latest.get("recent_deal_close_date", closed_ms):
            self._move("recent_deal_close_date", closed_ms)
            self.amounts["recent_deal_amount"] = amount
        self.amounts["total_revenue"] = self.amounts.get("total_revenue", 0.0) + amount
        self._changed |= {"recent_deal_amount", "total_revenue"}

    def count(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number
        self._changed.add(name)

    @property
    def unengaged(self) -> bool:
        """Whether HubSpot's graymail rule keeps mass e-mail from this contact."""
        limit = GRAYMAIL_ENGAGED_ONCE if self.engaged_by_mail else GRAYMAIL_NEVER_ENGAGED
        return self.counts.get("hs_email_sends_since_last_engagement", 0) >= limit

    def absorb(self, other: "Rollup") -> None:
        """Take over the roll-ups of a contact that was merged into this one."""
        for name, at in other.latest.items():
            self._move(name, at)
        for name, at in other.first.items():
            self._begin(name, at)
        for name, number in other.counts.items():
            self.count(name, number)
        self.amounts["total_revenue"] = self.amounts.get("total_revenue", 0.0) + other.amounts.get(
            "total_revenue", 0.0
        )
        self.engaged_by_mail |= other.engaged_by_mail

    def take_changes(self) -> dict[str, str | None]:
        """Property values that moved since the last call, as HubSpot writes them."""
        changes: dict[str, str | None] = {}
        for name in sorted(self._changed):
            if name in self.latest or name in self.first:
                changes[name] = iso(from_ms(self.latest.get(name) or self.first[name]))
            elif name in self.counts:
                changes[name] = str(self.counts[name])
            elif name in self.amounts:
                changes[name] = money(self.amounts[name])
            else:
                changes[name] = self.texts[name]
        self._changed.clear()
        return changes

    def _form(self, at: int, form: str) -> None:
        if self.latest["recent_conversion_date"] == at:
            self._say("recent_conversion_event_name", form)
        if at <= self.first.get("first_conversion_date", at):
            self._say("first_conversion_event_name", form)
        self._begin("first_conversion_date", at)

    def _mail_engaged(self) -> None:
        self.engaged_by_mail = True
        self.counts["hs_email_sends_since_last_engagement"] = 0
        self._changed.add("hs_email_sends_since_last_engagement")

    def _move(self, name: str, at: int) -> None:
        if at >= self.latest.get(name, at):
            self.latest[name] = at
            self._changed.add(name)

    def _begin(self, name: str, at: int) -> None:
        if at <= self.first.get(name, at):
            self.first[name] = at
            self._changed.add(name)

    def _say(self, name: str, text: str) -> None:
        self.texts[name] = text
        self._changed.add(name)


def money(amount: float) -> str:
    """An amount as HubSpot writes numbers: no trailing zeros."""
    return f"{amount:.2f}".rstrip("0").rstrip(".")
