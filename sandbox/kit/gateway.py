"""What every request to a pretend CRM passes: faults that are asked for, refusals, and the count of what came of it."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.kit.answers import ApiError, json_answer
from sandbox.kit.broken_answers import BrokenAnswer, break_connection
from sandbox.kit.counters import Counters
from sandbox.kit.faults import Fault, Faults

# What a request's scope carries where it met a fault, for whoever looks at it on its way.
STRUCK = "sandbox.struck"
Headers = dict[str, str]

#: Answers a request with its body; what it puts into the headers goes with a refusal too.
Work = Callable[[Request, bytes, Headers], Response]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The way into one pretend CRM; `error_for` makes the vendor's own error for a status."""

    faults: Faults
    counters: Counters
    now: Callable[[], datetime]
    error_for: Callable[[int], ApiError]
    media_type: str
    prefix: str = ""

    def route(self, method: str, path: str, work: Work) -> Route:
        """A route below the prefix that does the work, unless a fault is in force.

        Requests are counted under the path; a part named `kind` is filled in, so that the counts of
        different kinds of records stay apart.
        """
        template = re.sub(r":\w+\}", "}", self.prefix + path)

        async def serve(request: Request) -> Response:
            body = await request.body()
            kind = str(request.path_params.get("kind", "{kind}"))
            counted_as = template.replace("{kind}", kind)
            return await self._guard(counted_as, request, lambda: self._answer(work, request, body))

        return Route(self.prefix + path, serve, methods=[method])

    def _answer(self, work: Work, request: Request, body: bytes) -> Response:
        headers: Headers = {}
        try:
            response = work(request, body, headers)
        except ApiError as error:
            response = json_answer(error.body, error.status, error.headers, self.media_type)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    async def _guard(
        self, counted_as: str, request: Request, work: Callable[[], Response]
    ) -> Response:
        fault = self.faults.strike(request.method, request.url.path)
        request.scope[STRUCK] = fault is not None
        response = work() if fault is None else await self._struck(fault, request, work)
        status = 0 if isinstance(response, BrokenAnswer) else response.status_code
        response.headers["Date"] = format_datetime(self.now(), usegmt=True)
        self.counters.requests[request.method, counted_as, status] += 1
        return response

    async def _struck(
        self, fault: Fault, request: Request, work: Callable[[], Response]
    ) -> Response:
        done = work() if fault.applied or fault.kind in {"truncate", "alter"} else None
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        match fault.kind:
            case "delay":
                return done or work()
            case "status":
                return self._refusal(fault)
            case "truncate" if done is not None:
                return break_connection(request, done)
            case "alter" if done is not None:
                return _altered(done, fault)
            case _:
                return break_connection(request, None)

    def _refusal(self, fault: Fault) -> Response:
        usual = self.error_for(fault.status)
        content = usual.body if fault.body is None else fault.body
        if isinstance(content, str):
            return Response(content, fault.status, usual.headers, "text/html")
        return json_answer(content, fault.status, usual.headers, self.media_type)


def _altered(done: Response, fault: Fault) -> Response:
    """The answer with some fields of its object left out and others set; errors stay as they are."""
    change = fault.body if isinstance(fault.body, dict) else {}
    answer = json.loads(bytes(done.body) or b"null")
    if done.status_code >= 400 or not isinstance(answer, dict):
        return done
    kept = {name: value for name, value in answer.items() if name not in change.get("drop", ())}
    content = json.dumps({**kept, **change.get("set", {})})  # what is no valid Unicode stays so
    return Response(content, done.status_code, media_type="application/json")
