"""Delivers webhook events in the background: one each, signed, retried, sometimes twice."""

import heapq
import itertools
import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx2 as httpx

from sandbox.config import HighLevelLimits
from sandbox.highlevel.answers import Json, json_bytes
from sandbox.highlevel.app import HighLevelApp
from sandbox.highlevel.signing import sign

WORKERS = 8


@dataclass(slots=True)
class Tally:
    """What became of the events: `delivered` and `failed` count attempts, `given_up` events."""

    events: int = 0
    duplicated: int = 0
    unsigned: int = 0
    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    lost: int = 0


@dataclass(order=True, slots=True)
class _Parcel:
    due: float
    order: int
    body: bytes = field(compare=False)
    signature: str = field(compare=False)
    delivery_id: str = field(compare=False)
    attempt: int = field(compare=False, default=0)


class Delivery:
    """A background thread with a heap of parcels; publishing never waits for the network."""

    def __init__(
        self,
        app: Callable[[], HighLevelApp],
        limits: HighLevelLimits,
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
        self._client = httpx.Client(headers={"User-Agent": "axios/1.7 (sandbox)"})
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="highlevel-webhook")
        self._thread = threading.Thread(target=self._run, name="highlevel-webhooks", daemon=True)

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
        if self._app().webhook_target is None:
            return
        self.send({**event, "webhookId": str(uuid.uuid4())})

    def send(self, event: object) -> None:
        """Queue what may be no event at all, signed like any other."""
        limits = self._limits
        body = json_bytes(event)
        signature, delivery_id = sign(body), str(uuid.uuid4())
        with self._wake:
            self.tally.events += 1
            if self._dice.random() < limits.webhook_loss_rate:
                self.tally.lost += 1
                return
            if self._dice.random() < limits.webhook_unsigned_rate:
                self.tally.unsigned += 1
                signature = "N/A"
            due = self._wall()
            if self._dice.random() < limits.webhook_reorder_rate:
                due += self._dice.uniform(0.1, 0.5)
            self._push(_Parcel(due, next(self._orders), body, signature, delivery_id))
            if self._dice.random() < limits.webhook_duplicate_rate:
                self.tally.duplicated += 1
                later = due + self._dice.uniform(0.05, 0.3)
                self._push(_Parcel(later, next(self._orders), body, signature, delivery_id))

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
                free = self._in_flight < WORKERS
                wait = self._heap[0].due - self._wall() if self._heap else None
                if free and wait is not None and wait <= 0:
                    self._in_flight += 1
                    return heapq.heappop(self._heap)
                self._wake.wait(wait if free else None)
        return None

    def _deliver(self, parcel: _Parcel) -> None:
        status = self._post(parcel)
        with self._wake:
            self._in_flight -= 1
            if 200 <= status < 300:
                self.tally.delivered += 1
            else:
                self._retry(parcel, status)
            self._wake.notify()

    def _retry(self, parcel: _Parcel, status: int) -> None:
        limits = self._limits
        self.tally.failed += 1
        again = status == 429 or limits.retry_all
        if not again or parcel.attempt >= limits.webhook_retries:
            self.tally.given_up += 1
            return
        parcel.attempt += 1
        parcel.due = self._wall() + limits.webhook_pause_seconds * self._dice.uniform(0.5, 1.5)
        self._push(parcel)

    def _post(self, parcel: _Parcel) -> int:
        """The status of the app's answer; 0 when there is none."""
        target = self._app().webhook_target
        if target is None:
            return 0
        headers = {
            "Content-Type": "application/json",
            "X-GHL-Signature": parcel.signature,
            "deliveryId": parcel.delivery_id,
        }
        seconds = self._limits.webhook_timeout_seconds
        try:
            reply = self._client.post(target, content=parcel.body, headers=headers, timeout=seconds)
        except httpx.HTTPError:
            return 0
        return reply.status_code
