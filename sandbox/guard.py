"""Lets a fault strike a request instead of its handler, and counts what came of it."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response

from sandbox.counters import Counters
from sandbox.faults import Fault, Faults
from sandbox.wire import Broken, break_connection

Work = Callable[[], Response]
Refusal = Callable[[Fault], Response]


async def guarded(
    faults: Faults,
    counters: Counters,
    template: str,
    request: Request,
    *,
    now: datetime,
    work: Work,
    refusal: Refusal,
) -> Response:
    """Do the work unless a fault is in force, and count the outcome under the path's template.

    `refusal` makes the vendor's own answer for a fault of the kind `status`; answers tell the vendor's time.
    """
    fault = faults.strike(request.method, request.url.path)
    response = work() if fault is None else await _struck(fault, request, work, refusal)
    status = 0 if isinstance(response, Broken) else response.status_code
    response.headers["Date"] = format_datetime(now, usegmt=True)
    counters.requests[request.method, template, status] += 1
    return response


async def _struck(fault: Fault, request: Request, work: Work, refusal: Refusal) -> Response:
    done = work() if fault.applied or fault.kind in {"truncate", "alter"} else None
    if fault.delay_ms:
        await asyncio.sleep(fault.delay_ms / 1000)
    match fault.kind:
        case "delay":
            return done or work()
        case "status":
            return refusal(fault)
        case "truncate" if done is not None:
            return break_connection(request, done)
        case "alter" if done is not None:
            return _altered(done, fault)
        case _:
            return break_connection(request, None)


def _altered(done: Response, fault: Fault) -> Response:
    """The answer with some fields of its object left out and others set; errors stay as they are."""
    change = fault.body if isinstance(fault.body, dict) else {}
    answer = json.loads(bytes(done.body) or b"null")
    if done.status_code >= 400 or not isinstance(answer, dict):
        return done
    kept = {name: value for name, value in answer.items() if name not in change.get("drop", ())}
    content = json.dumps({**kept, **change.get("set", {})})  # what is no valid Unicode stays so
    return Response(content, done.status_code, media_type="application/json")
