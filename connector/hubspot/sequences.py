"""HubSpot's sales sequences: whose they are, enrolling by sender, every refusal, and what became of a stay."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from connector.errors import CrmConflict, CrmError, CrmForbidden, CrmInvalid, CrmNotFound
from connector.hubspot import flows, paths
from connector.hubspot.answers import listed, properties, within
from connector.hubspot.http import HubSpotHttp
from connector.hubspot.parse import millis
from connector.port.automation import Hindrance, Obstacle
from connector.port.sequences import Refusal, Sender, SequenceChoice, SequenceRefused, Stay
from core.moments import from_millis

READ, ENROLL = "automation.sequences.read", "automation.sequences.enrollments.write"
OWNERS_READ = "crm.objects.owners.read"
NEEDED = (READ, ENROLL, OWNERS_READ)
_IS_IN, _LATEST = "hs_sequences_is_enrolled", "hs_latest_sequence_enrolled"
_SINCE, _ENDED = "hs_latest_sequence_enrolled_date", "hs_latest_sequence_ended_date"
STAY = (_IS_IN, _LATEST, _SINCE, _ENDED)
_TOGETHER = 100
# HubSpot's steps may go a little before their hour.
_EARLY = timedelta(hours=1)

# What stands in a refusal → what it means; the first that is found counts. HubSpot documents no codes of its
# sequences' refusals: those are the ones that its own pages show.
_MEANINGS = (
    ("ALREADY_ENROLLED", Refusal.IN_SEQUENCE),
    ("UNSUBSCRIBED", Refusal.UNSUBSCRIBED),
    ("BOUNCED", Refusal.BOUNCED),
    ("SPAM", Refusal.SPAM),
    ("BLOCKED", Refusal.BLOCKED),
    ("NO_EMAIL", Refusal.NO_EMAIL),
    ("INVALID_EMAIL", Refusal.NO_EMAIL),
    ("CONTACT_NOT_FOUND", Refusal.NO_CONTACT),
    ("SEQUENCE_NOT_FOUND", Refusal.NO_SEQUENCE),
    ("SEAT", Refusal.NO_SEAT),
    ("INBOX", Refusal.NO_INBOX),
    ("SEND_LIMIT", Refusal.FULL),
    ("DAILY_LIMIT", Refusal.FULL),
    ("ENROLLMENT_LIMIT", Refusal.FULL),
)


class Sequences:
    """The sequences of one open account; its people are asked for once."""

    def __init__(self, http: HubSpotHttp, scopes: frozenset[str]) -> None:
        self._http = http
        self._scopes = scopes
        self._senders: dict[str, Sender] | None = None
        self._lengths: dict[str, timedelta | None] = {}

    def senders(self) -> Mapping[str, Sender]:
        """Users who can own records, by user id; nobody without the permission to see them."""
        if not self._scopes >= {*NEEDED}:
            return {}
        if self._senders is None:
            found = [_sender(owner) for owner in self._http.pages(paths.OWNERS, {})]
            self._senders = {sender.sender_id: sender for sender in found if sender is not None}
        return self._senders

    def choices(self, sender_id: str) -> list[SequenceChoice]:
        """What this user may send; nothing where HubSpot has no sequences for them."""
        try:
            found = list(self._http.pages(paths.SEQUENCES, {"userId": sender_id}))
        except (CrmForbidden, CrmNotFound, CrmInvalid):
            return []
        return [
            SequenceChoice(str(one["id"]), str(one.get("name") or one["id"]))
            for one in found
            if one.get("id")
        ]

    def hindrances(self, bound: Sequence[tuple[str, str]]) -> list[Hindrance]:
        """Permissions, plan, the sequences and their senders, and the way out by the account's own workflow."""
        if not self._scopes >= {*NEEDED}:
            return [Hindrance(Obstacle.NO_SEQUENCES)]
        try:
            senders = self.senders()
            found = [self._hindrance(*pair, senders) for pair in bound]
        except CrmForbidden:
            return [Hindrance(Obstacle.NO_SEQUENCES)]
        return [h for h in found if h is not None] or flows.exits(self._http, self._scopes)

    def _hindrance(
        self, sequence_id: str, sender_id: str, senders: Mapping[str, Sender]
    ) -> Hindrance | None:
        if sender_id not in senders:
            return Hindrance(Obstacle.NO_SENDER, sender_id)
        try:
            self._http.get(paths.sequence(sequence_id), {"userId": sender_id})
        except (CrmNotFound, CrmInvalid):
            return Hindrance(Obstacle.NO_SEQUENCE, sequence_id)
        return None

    def enroll(self, contact_id: str, sequence_id: str, sender_id: str) -> None:
        """Enroll one contact; HubSpot takes no list of them. Raises SequenceRefused and CrmError."""
        sender = self.senders().get(sender_id)
        if sender is None:
            raise SequenceRefused("HubSpot has no such user.", Refusal.NO_SENDER)
        body = {
            "sequenceId": sequence_id,
            "contactId": contact_id,
            "senderEmail": sender.address,
        }
        try:
            self._http.post(paths.ENROLLMENTS, body, params={"userId": sender_id})
        except (CrmInvalid, CrmNotFound, CrmForbidden, CrmConflict) as error:
            raise SequenceRefused(
                error.message, meaning_of(error), request_id=error.request_id
            ) from error

    def stays(self, contact_ids: Sequence[str], *, closely: bool) -> dict[str, Stay]:
        """By the properties that HubSpot keeps on the contact; `closely` by the enrollment as well."""
        found: dict[str, Stay] = {}
        for contact_id, held in self._held(contact_ids).items():
            stay = self._stay(held)
            if stay is not None:
                found[contact_id] = stay
        if closely:
            asked = ((i, self._enrollment(i)) for i in contact_ids)
            found |= {i: stay for i, stay in asked if stay is not None}
        return found

    def _held(self, contact_ids: Sequence[str]) -> dict[str, Mapping[str, str]]:
        held: dict[str, Mapping[str, str]] = {}
        for first in range(0, len(contact_ids), _TOGETHER):
            inputs = [{"id": i} for i in contact_ids[first : first + _TOGETHER]]
            body = {"properties": list(STAY), "propertiesWithHistory": [], "inputs": inputs}
            answer = self._http.post(paths.objects("contacts", "batch", "read"), body)
            held |= {str(record.get("id")): properties(record) for record in listed(answer)}
        return held

    def _stay(self, held: Mapping[str, str]) -> Stay | None:
        sequence_id, since = held.get(_LATEST), millis(held.get(_SINCE))
        if not sequence_id or since is None:
            return None
        began, over = from_millis(since), millis(held.get(_ENDED))
        if held.get(_IS_IN) == "true":
            return Stay(sequence_id, began)
        # Of a stay that is over without a date the end is somewhere since it began.
        ended = began if over is None else max(began, from_millis(over))
        length = self._length(sequence_id)
        through = length is None or ended - began >= length - _EARLY
        return Stay(sequence_id, began, ended, went_through=through)

    def _enrollment(self, contact_id: str) -> Stay | None:
        try:
            answer = self._http.get(paths.enrollment(contact_id))
        except CrmNotFound:
            return None
        sequence_id, since = within(answer, "sequenceId"), millis(within(answer, "enrolledAt"))
        if sequence_id is None or since is None:
            return None
        return Stay(str(sequence_id), from_millis(since))

    def _length(self, sequence_id: str) -> timedelta | None:
        """How long a sequence takes at least; None where nobody can tell."""
        if sequence_id not in self._lengths:
            self._lengths[sequence_id] = self._ask_length(sequence_id)
        return self._lengths[sequence_id]

    def _ask_length(self, sequence_id: str) -> timedelta | None:
        for sender_id in [*self.senders()][:3]:
            try:
                answer = self._http.get(paths.sequence(sequence_id), {"userId": sender_id})
            except (CrmNotFound, CrmInvalid, CrmForbidden):
                continue
            waits = [step.get("delayMillis") for step in listed(answer, "steps")]
            return timedelta(milliseconds=sum(w for w in waits if isinstance(w, int | float)))
        return None


def meaning_of(error: CrmError) -> Refusal:
    """What a refusal means, by the codes in it; without any that are known by the kind of error."""
    for part, refusal in _MEANINGS:
        if any(part in code for code in error.codes):
            return refusal
    return Refusal.FORBIDDEN if isinstance(error, CrmForbidden) else Refusal.OTHER


def _sender(owner: Mapping[str, Any]) -> Sender | None:
    """A person among the owners; queues, and users who are no more, send nothing."""
    user, address = owner.get("userId"), owner.get("email")
    if not user or not isinstance(address, str) or owner.get("archived") is True:
        return None
    if owner.get("type") not in (None, "PERSON"):
        return None
    names = [owner.get("firstName"), owner.get("lastName")]
    name = " ".join(str(part) for part in names if part)
    return Sender(str(user), name or f"User {user}", str(owner.get("id") or ""), address)
