"""The route for webhooks refuses what is too large before anything else looks at it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from core.clock import FixedClock
from core.errors import Forbidden
from core.settings import Environment
from sync.inbox.routes import BIGGEST_BODY, routes

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def web() -> TestClient:
    context = SimpleNamespace(
        settings=SimpleNamespace(public_url="http://testserver"),
        environment=Environment(
            {"REKINDLE_HUBSPOT_CLIENT_ID": "id", "REKINDLE_HUBSPOT_CLIENT_SECRET": "secret"}
        ),
        wall=FixedClock(NOW),
        clock=FixedClock(NOW),
    )
    app = FastAPI()
    app.state.context = context
    app.include_router(routes)
    return TestClient(app)


def test_a_body_beyond_any_real_delivery_is_refused_unread(web: TestClient) -> None:
    answer = web.post("/webhooks/hubspot", content=b"x" * (BIGGEST_BODY + 1))
    assert answer.status_code == 413


def test_one_of_the_largest_allowed_size_goes_on_to_the_signature(web: TestClient) -> None:
    with pytest.raises(Forbidden, match="not signed"):
        web.post("/webhooks/hubspot", content=b"x" * BIGGEST_BODY)
