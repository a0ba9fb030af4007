"""Delivers webhook events in the background: in batches, signed, retried, sometimes twice."""

import heapq
import itertools
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx2 as httpx

from sandbox.config import Limits
from sandbox.hubspot.answers import Json, json_bytes
from sandbox.hubspot.app import HubSpotApp
from sandbox.hubspot.signatures import sign_v1, sign_v3

BATCH = 100
WORKERS = 10


@dataclass(slots=True)
class Tally:
    """What became of the events: `delivered` and `failed` count attempts, `given_up` events."""

    events: int = 0
    duplicated: int = 0
    sent_events: int = 0
    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    lost: int = 0


@dataclass(order=True, slots=True)
class _Parcel:
    due: float
    order: int
    events: list[object] = field(compare=False)
    attempt: int = field(compare=False, default=0)


class Delivery:
    """A background thread with a heap of parcels; publishing never waits for the network."""

    def __init__(
        self,
        app: Callable[[], HubSpotApp],
        limits: Limits,
        wall: Callable[[], float],
        seed: int,
    ) -> None:
        """`wall` is the real time in seconds; nothing is sent before `start`."""
        self.tally = Tally()
        self._app, self._limits, self._wall = app, limits, wall
        self._dice = random.Random(seed)
        self._heap: list[_Parcel] = []
        self._orders = itertools.count()
        self._in_flight = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._client = httpx.Client(headers={"User-Agent": "HubSpot Connect 2.0 (sandbox)"})
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="hubspot-webhook")
        self._thread = threading.Thread(target=self._run, name="hubspot-webhooks", daemon=True)

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

    def publish(self, event: Json) -> None:
        """Queue one event; without a target there is nobody to tell."""
        if self._app().target_url is None:
            return
        limits = self._limits
        with self._wake:
            self.tally.events += 1
            if self._dice.random() < limits.webhook_loss_rate:
                self.tally.lost += 1
                return
            due = self._wall() + limits.webhook_linger_seconds
            if self._dice.random() < limits.webhook_reorder_rate:
                due += self._dice.uniform(0.1, 0.5)
            self._push(_Parcel(due, next(self._orders), [event]))
            if self._dice.random() < limits.webhook_duplicate_rate:
                self.tally.duplicated += 1
                later = due + self._dice.uniform(0.05, 0.3)
                self._push(_Parcel(later, next(self._orders), [event]))

    def send(self, events: list[object]) -> None:
        """Queue one delivery of what may be no events at all, signed like any other."""
        with self._wake:
            self._push(_Parcel(self._wall(), next(self._orders), list(events)))

    def reset_tally(self) -> None:
        """Begin counting again."""
        with self._wake:
            self.tally = Tally()

    def pending(self) -> int:
        """How many parcels are waiting or under way."""
        with self._wake:
            return len(self._heap) + self._in_flight

    def _push(self, parcel: _Parcel) -> None:
        heapq.heappush(self._heap, parcel)
        self._wake.notify()

    def _run(self) -> None:
        while (parcel := self._next()) is not None:
            self._pool.submit(self._deliver, parcel)

    def _next(self) -> _Parcel | None:
        with self._wake:
            while not self._stopping:
                free = self._in_flight < min(WORKERS, self._app().max_concurrent)
                wait = self._heap[0].due - self._wall() if self._heap else None
                if free and wait is not None and wait <= 0:
                    self._in_flight += 1
                    return self._gather()
                self._wake.wait(wait if free else None)
        return None

    def _gather(self) -> _Parcel:
        """The first parcel; fresh events that are due as well travel with it, 100 at most."""
        parcel, now = heapq.heappop(self._heap), self._wall()
        while self._heap and len(parcel.events) < BATCH:
            other = self._heap[0]
            if other.due > now or other.attempt or parcel.attempt:
                break
            parcel.events.extend(heapq.heappop(self._heap).events)
        return parcel

    def _deliver(self, parcel: _Parcel) -> None:
        accepted = self._post(parcel)
        with self._wake:
            self._in_flight -= 1
            self.tally.sent_events += len(parcel.events)
            if accepted:
                self.tally.delivered += 1
            else:
                self._retry(parcel)
            self._wake.notify()

    def _retry(self, parcel: _Parcel) -> None:
        limits = self._limits
        self.tally.failed += 1
        if parcel.attempt >= limits.webhook_retries:
            self.tally.given_up += len(parcel.events)
            return
        parcel.attempt += 1
        pause = limits.webhook_pause_seconds * self._dice.uniform(0.5, 1.5)
        parcel.due = self._wall() + pause
        self._push(parcel)

    def _post(self, parcel: _Parcel) -> bool:
        app = self._app()
        if app.target_url is None:
            return False
        events = [
            event | {"attemptNumber": parcel.attempt} if isinstance(event, dict) else event
            for event in parcel.events
        ]
        body, secret = json_bytes(events), app.credentials.client_secret
        timestamp = str(int(self._wall() * 1000))
        headers = {
            "Content-Type": "application/json",
            "X-HubSpot-Request-Timestamp": timestamp,
            "X-HubSpot-Signature": sign_v1(secret, body),
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature-v3": sign_v3(
                secret, "POST", app.target_url, body=body, timestamp=timestamp
            ),
        }
        try:
            reply = self._client.post(
                app.target_url,
                content=body,
                headers=headers,
                timeout=self._limits.webhook_timeout_seconds,
            )
        except httpx.HTTPError:
            return False
        return reply.is_success
