"""The conversations of one account: threads with what people wrote in and what they were answered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.hubspot.records import Change, Records
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

CHAT, MESSENGER, EMAIL, WHATSAPP, SMS = "1000", "1001", "1002", "1007", "1008"
CHANNELS = {
    CHAT: "LIVE_CHAT",
    MESSENGER: "FB_MESSENGER",
    EMAIL: "EMAIL",
    WHATSAPP: "WHATSAPP",
    SMS: "SMS",
}
#: Who may have written a message: letter in front of the actor's id, and the client it came by.
AUTHORS = {
    "person": ("V", "HUBSPOT"),
    "staff": ("A", "HUBSPOT"),
    "integration": ("V", "INTEGRATION"),
    "bot": ("B", "HUBSPOT"),
    "system": ("S", "SYSTEM"),
}
INBOX = "420110"
ACCOUNT_OF = {channel: f"77{channel}" for channel in CHANNELS}  # one account for each channel
_FIRST_THREAD, _FIRST_MESSAGE = 9_310_000_017, 40_000_001


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `number` orders those of one moment."""

    number: int
    incoming: bool
    text: str
    at: datetime
    by: str = ""  # of AUTHORS, where it is nobody of the usual two
    kind: str = "MESSAGE"

    @property
    def author(self) -> tuple[str, str]:
        return AUTHORS[self.by or ("person" if self.incoming else "staff")]

    @property
    def id(self) -> str:
        """As HubSpot makes them: no number."""
        return f"{self.number:032x}"


@dataclass(slots=True)
class Thread:
    """One conversation with one contact over one channel, oldest message first."""

    id: str
    contact_id: str
    channel: str
    created_at: datetime
    messages: list[Message] = field(default_factory=list)
    spam: bool = False
    closed_at: datetime | None = None

    def latest(self, *, incoming: bool | None = None) -> datetime | None:
        """When the last message was written, of either direction or of one."""
        times = (m.at for m in self.messages if incoming in {None, m.incoming})
        return max(times, default=None)

    def json(self, contact_id: str) -> Json:
        """The thread as HubSpot shows it; `contact_id` is who it belongs to by now."""
        shown: Json = {
            "id": self.id,
            "associatedContactId": contact_id,
            "status": "OPEN" if self.closed_at is None else "CLOSED",
            "createdAt": iso(self.created_at),
            "originalChannelId": self.channel,
            "originalChannelAccountId": ACCOUNT_OF[self.channel],
            "inboxId": INBOX,
            "spam": self.spam,
            "archived": False,
        }
        times = {
            "closedAt": self.closed_at,
            "latestMessageTimestamp": self.latest(),
            "latestMessageReceivedTimestamp": self.latest(incoming=True),
            "latestMessageSentTimestamp": self.latest(incoming=False),
        }
        return shown | {name: iso(at) for name, at in times.items() if at is not None}


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened to a thread, as webhooks tell of it."""

    event: str
    thread_id: str
    at: datetime
    message: Message | None = None


@dataclass(slots=True)
class Conversations:
    """Every thread of one account, in the order in which they began to be kept."""

    records: Records
    _threads: dict[str, Thread] = field(default_factory=dict)
    _open: dict[tuple[str, str], str] = field(default_factory=dict)
    _listeners: list[Callable[[Told], None]] = field(default_factory=list)
    _messages: int = _FIRST_MESSAGE
    _next_thread: int = _FIRST_THREAD

    def __post_init__(self) -> None:
        """Forget threads with the people who are erased."""
        self.records.on_change(self._note)

    def on_event(self, listener: Callable[[Told], None]) -> None:
        """Call the listener after everything that happens to a thread."""
        self._listeners.append(listener)

    def write(
        self,
        contact_id: str,
        text: str,
        at: datetime,
        *,
        incoming: bool,
        channel: str = SMS,
        by: str = "",
        kind: str = "MESSAGE",
    ) -> Thread:
        """A message of the contact's, or to them; a channel is one thread for each contact."""
        key = (self.records.survivor("contacts", contact_id), channel)
        known = self._threads.get(self._open.get(key, ""))
        thread = known or self._begin(key, at)
        message = Message(self._messages, incoming, text, at, by, kind)
        self._messages += 1
        thread.messages.append(message)
        thread.created_at = min(thread.created_at, at)
        if known is None:
            self._tell(Told("creation", thread.id, at))
        self._tell(Told("newMessage", thread.id, at, message))
        return thread

    def each(self) -> Iterator[tuple[str, Thread]]:
        """Threads by ascending id, each with the contact it belongs to by now."""
        for thread in list(self._threads.values()):
            yield self.owner(thread), thread

    def get(self, thread_id: str) -> Thread | None:
        return self._threads.get(thread_id)

    def owner(self, thread: Thread) -> str:
        """The contact of a thread, who may have been merged meanwhile."""
        return self.records.survivor("contacts", thread.contact_id)

    def _begin(self, key: tuple[str, str], at: datetime) -> Thread:
        thread = Thread(str(self._next_thread), *key, at)
        self._next_thread += 3
        self._threads[thread.id] = thread
        self._open[key] = thread.id
        return thread

    def _note(self, change: Change) -> None:
        if change.kind != "contacts" or change.event != "privacyDeletion":
            return
        for thread in [t for owner, t in self.each() if owner == change.record_id]:
            del self._threads[thread.id]
            self._tell(Told("privacyDeletion", thread.id, change.at))

    def _tell(self, told: Told) -> None:
        for listener in self._listeners:
            listener(told)
