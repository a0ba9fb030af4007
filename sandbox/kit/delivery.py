"""Delivers webhooks in the background: signed, retried, some twice, some late or out of order."""

import heapq
import itertools
import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import httpx2 as httpx

from sandbox.kit.limits import Limits
from sandbox.kit.tls import trusted

NO_ANSWER = 0  # stands for the status of an attempt to which nothing came back


@dataclass(slots=True)
class Tally:
    """What became of the events: `delivered` and `failed` count attempts, `given_up` events."""

    events: int = 0
    duplicated: int = 0
    unsigned: int = 0
    sent_events: int = 0
    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    lost: int = 0


@dataclass(order=True, slots=True)
class Parcel:
    """What travels in one request; a repeated parcel has the same id."""

    due: float
    order: int
    events: list[object] = field(compare=False)
    id: str = field(compare=False)
    signed: bool = field(compare=False, default=True)
    attempt: int = field(compare=False, default=0)


class Vendor(Protocol):
    """What one vendor's webhooks look like, and when it tries again."""

    name: str
    user_agent: str
    most_events: int  # that travel in one request

    def target(self) -> str | None:
        """Where the app wants to be told; None: nobody is told."""
        ...

    def at_once(self) -> int:
        """How many requests may be under way at a time."""
        ...

    def request(self, parcel: Parcel, target: str) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of one attempt."""
        ...

    def tries_again(self, status: int) -> bool:
        """Whether an attempt that was answered so is repeated; NO_ANSWER is no answer at all."""
        ...


class Delivery:
    """A background thread with a heap of parcels; publishing never waits for the network."""

    def __init__(
        self, vendor: Vendor, limits: Limits, wall: Callable[[], float], seed: int
    ) -> None:
        """`wall` is the real time in seconds; nothing is sent before `start`."""
        self.tally = Tally()
        self._vendor, self._limits, self._wall = vendor, limits, wall
        self._dice = random.Random(seed)
        self._heap: list[Parcel] = []
        self._orders = itertools.count()
        self._in_flight = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._client = httpx.Client(verify=trusted(), headers={"User-Agent": vendor.user_agent})
        name = f"{vendor.name}-webhook"
        self._pool = ThreadPoolExecutor(vendor.at_once(), thread_name_prefix=name)
        self._thread = threading.Thread(target=self._run, name=f"{name}s", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering; what was not sent is lost, as it is when the process dies."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def publish(self, event: object) -> None:
        """Queue one event, unless it gets lost; without a target there is nobody to tell."""
        if self._vendor.target() is None:
            return
        limits = self._limits
        with self._wake:
            self.tally.events += 1
            if self._strikes(limits.webhook_loss_rate):
                self.tally.lost += 1
                return
            signed = not self._strikes(limits.webhook_unsigned_rate)
            self.tally.unsigned += not signed
            due = self._wall() + limits.webhook_linger_seconds
            if self._strikes(limits.webhook_reorder_rate):
                due += self._dice.uniform(0.1, 0.5)
            parcel = self._put(due, [event], str(uuid.uuid4()), signed=signed)
            if self._strikes(limits.webhook_duplicate_rate):
                self.tally.duplicated += 1
                later = due + self._dice.uniform(0.05, 0.3)
                self._put(later, [event], parcel.id, signed=signed)

    def send(self, events: list[object]) -> None:
        """Queue one delivery of what may be no events at all, signed like any other."""
        with self._wake:
            self._put(self._wall(), list(events), str(uuid.uuid4()), signed=True)

    def target(self) -> str | None:
        """Where the app wants to be told."""
        return self._vendor.target()

    def reset_tally(self) -> None:
        """Begin counting again."""
        with self._wake:
            self.tally = Tally()

    def pending(self) -> int:
        """How many parcels are waiting or under way."""
        with self._wake:
            return len(self._heap) + self._in_flight

    def _strikes(self, rate: float) -> bool:
        return rate > 0 and self._dice.random() < rate

    def _put(self, due: float, events: list[object], parcel_id: str, *, signed: bool) -> Parcel:
        parcel = Parcel(due, next(self._orders), events, parcel_id, signed)
        self._push(parcel)
        return parcel

    def _push(self, parcel: Parcel) -> None:
        heapq.heappush(self._heap, parcel)
        self._wake.notify()

    def _run(self) -> None:
        while (parcel := self._next()) is not None:
            self._pool.submit(self._deliver, parcel)

    def _next(self) -> Parcel | None:
        with self._wake:
            while not self._stopping:
                free = self._in_flight < self._vendor.at_once()
                wait = self._heap[0].due - self._wall() if self._heap else None
                if free and wait is not None and wait <= 0:
                    self._in_flight += 1
                    return self._gather()
                self._wake.wait(wait if free else None)
        return None

    def _gather(self) -> Parcel:
        """The first parcel; fresh events that are due as well travel with it, as many as may."""
        parcel, now = heapq.heappop(self._heap), self._wall()
        while self._heap and len(parcel.events) < self._vendor.most_events:
            other = self._heap[0]
            if other.due > now or other.attempt or parcel.attempt:
                break
            parcel.events.extend(heapq.heappop(self._heap).events)
        return parcel

    def _deliver(self, parcel: Parcel) -> None:
        status = self._post(parcel)
        with self._wake:
            self._in_flight -= 1
            self.tally.sent_events += len(parcel.events)
            if 200 <= status < 300:
                self.tally.delivered += 1
            else:
                self._retry(parcel, status)
            self._wake.notify()

    def _retry(self, parcel: Parcel, status: int) -> None:
        limits = self._limits
        self.tally.failed += 1
        if not self._vendor.tries_again(status) or parcel.attempt >= limits.webhook_retries:
            self.tally.given_up += len(parcel.events)
            return
        parcel.attempt += 1
        parcel.due = self._wall() + limits.webhook_pause_seconds * self._dice.uniform(0.5, 1.5)
        self._push(parcel)

    def _post(self, parcel: Parcel) -> int:
        target = self._vendor.target()
        if target is None:
            return NO_ANSWER
        body, headers = self._vendor.request(parcel, target)
        seconds = self._limits.webhook_timeout_seconds
        try:
            reply = self._client.post(target, content=body, headers=headers, timeout=seconds)
        except httpx.HTTPError:
            return NO_ANSWER
        return reply.status_code
