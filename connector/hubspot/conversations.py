"""What people wrote to an account outside e-mail: the incoming messages of its conversations.

The communications beside a contact log what the account sent; in which direction one went they do not say.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from connector.changes import Sighting, Sightings
from connector.errors import CrmForbidden, CrmNotFound
from connector.hubspot import paths
from connector.hubspot.answers import listed, records, within
from connector.hubspot.http import HubSpotHttp
from connector.hubspot.parse import Record, iso, millis
from connector.port.changes import Changes
from connector.port.records import ActivityRow, Page, ReadText, heard_columns
from contact_rules.replies import find_tone
from contact_rules.wishes import find_wish

SCOPE = "conversations.read"
THREADS = 50  # in a page: each that people wrote in takes a request of its own
MESSAGES = 100
_LATELY_MS = 86_400_000
# Of a thread that has rested for longer only its last message counts: it costs no request.
_RESTED_MS = 730 * 86_400_000
_LONGEST = 10  # pages of one listing or thread, so that nobody's flood keeps the rest waiting
# Replies by e-mail, forms and calls are read as such elsewhere.
_ELSEWHERE = ("EMAIL", "FORM", "CALL")
_TEXTS = ("SMS", "WHATSAPP")
# Who speaks in a conversation is told apart by a letter in front of the id: bots, and HubSpot's own system.
_NOBODY = ("B-", "S-")


class Conversations:
    """The threads of one account, over all channels on which people write."""

    def __init__(self, http: HubSpotHttp, read_text: ReadText | None = None) -> None:
        self._http = http
        self._read_text = read_text
        self._channels: dict[str, str] | None = None

    def page(self, cursor: str | None) -> Page:
        """A page of threads from the beginning on, with all that people wrote in the living ones."""
        params = {"limit": str(THREADS)} | ({"after": cursor} if cursor else {})
        answer = self._http.get(paths.THREADS, params)
        threads, rested = records(answer), (self._http.told_at or 0) - _RESTED_MS
        rows = [row for thread in threads for row in self._written(thread, 0, rested=rested)]
        return Page(count=len(threads), cursor=_next(answer), activities=rows)

    def since(self, since: int, cursor: str | None) -> Sightings:
        """A page of the threads with a message after a moment (ms), and what people wrote since then."""
        try:
            answer = self._threads_since(since, cursor)
        except (CrmForbidden, CrmNotFound):
            return Sightings((), None, self._http.told_at)
        told_at, threads = self._http.told_at, records(answer)
        rows = [row for thread in threads for row in self._written(thread, since)]
        seen = [Sighting(t["id"], millis(t.get("latestMessageTimestamp")) or 0) for t in threads]
        return Sightings(seen, _next(answer), told_at, Changes(activities=rows))

    def written(self, thread_ids: Iterable[str], since: int) -> list[ActivityRow]:
        """What came in on these threads since a moment (ms); of one that is gone nothing."""
        found: list[ActivityRow] = []
        for thread_id in dict.fromkeys(thread_ids):
            with suppress(CrmNotFound):
                answer = {"results": [self._http.get(paths.thread(thread_id))]}
                for thread in records(answer):
                    found += self._written(thread, since)
        return found

    def lately(self, contact_ids: Iterable[str]) -> list[ActivityRow]:
        """What some contacts wrote in the last day: one listing for all of them."""
        wanted, since = set(contact_ids), (self._http.told_at or 0) - _LATELY_MS
        if since <= 0:
            return []
        found: list[ActivityRow] = []
        cursor: str | None = None
        for _ in range(_LONGEST):
            answer = self._threads_since(since, cursor)
            for thread in records(answer):
                if _contact(thread) in wanted:
                    found += self._written(thread, since)
            cursor = _next(answer)
            if cursor is None:
                break
        return found

    def _threads_since(self, since: int, cursor: str | None) -> Any:
        params = {
            "limit": str(THREADS),
            "sort": "latestMessageTimestamp",
            "latestMessageTimestampAfter": iso(since),
        }
        return self._http.get(paths.THREADS, params | ({"after": cursor} if cursor else {}))

    def _written(self, thread: Record, since: int, *, rested: int = 0) -> Iterator[ActivityRow]:
        """What came in on a thread since a moment; nothing is asked where nothing can have come.

        Where the last message came before `rested`, it stands for all of them.
        """
        contact_id, received = (
            _contact(thread),
            millis(thread.get("latestMessageReceivedTimestamp")),
        )
        kind = self._kind(str(thread.get("originalChannelId")))
        if not contact_id or received is None or received < since or not kind:
            return
        if thread.get("spam") is True:
            return
        if received < rested:
            yield self._row(thread, kind, contact_id, received)
            return
        for message in self._messages(thread["id"], since):
            at = millis(message.get("createdAt"))
            if _is_own(message) and at is not None:
                yield self._row(message, kind, contact_id, at)

    def _row(self, message: Record, kind: str, contact_id: str, at: int) -> ActivityRow:
        text = message.get("text")
        heard = wish = tone = None
        if self._read_text is not None and isinstance(text, str) and text:
            heard, wish = self._read_text(text, [contact_id]), find_wish(text, kind=kind)
            tone = find_tone(text)
        return ActivityRow(
            activity_id=f"message:{message['id']}",
            contact_id=contact_id,
            occurred_at=at,
            kind=kind,
            direction="in",
            outcome=wish or tone,
            **heard_columns(heard, wish),
        )

    def _messages(self, thread_id: str, since: int) -> Iterator[Record]:
        """The messages of a thread, the newest first, back to a moment."""
        params = {"limit": str(MESSAGES), "sort": "-createdAt"}
        for _ in range(_LONGEST):
            answer = self._http.get(paths.messages(thread_id), params)
            found: Sequence[Record] = records(answer)
            for message in found:
                if (millis(message.get("createdAt")) or 0) >= since:
                    yield message
            following = _next(answer)
            oldest = millis(found[-1].get("createdAt")) if found else None
            if following is None or (oldest or 0) < since:
                return
            params["after"] = following

    def _kind(self, channel: str) -> str | None:
        """Our kind of activity for a channel, whose name alone tells what it is; None: read elsewhere."""
        if self._channels is None:
            answer = self._http.get(paths.CHANNELS)
            self._channels = {
                str(c.get("id")): str(c.get("name") or "").upper()
                for c in listed(answer, "results")
            }
        name = self._channels.get(channel, "").replace("_", "")
        if any(word in name for word in _ELSEWHERE):
            return None
        return "sms" if any(word in name for word in _TEXTS) else "other"


def _is_own(message: Record) -> bool:
    """Whether the person themself wrote it: what the account, a bot or HubSpot says is none of theirs."""
    if message.get("direction") != "INCOMING" or message.get("type", "MESSAGE") != "MESSAGE":
        return False
    if within(message, "client", "clientType") == "SYSTEM":
        return False
    if within(message, "status", "statusType") == "FAILED":
        return False
    said = [str(sender.get("actorId") or "") for sender in listed(message, "senders")]
    return not (said and all(actor.startswith(_NOBODY) for actor in said))


def _contact(thread: Record) -> str:
    told = str(thread.get("associatedContactId") or "")
    return told if told.isdecimal() else ""


def _next(answer: Any) -> str | None:
    following = within(answer, "paging", "next", "after")
    return None if following is None else str(following)
