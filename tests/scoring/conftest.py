"""An account in the mirror for the tests of scoring's jobs."""

import pytest
from sqlalchemy.engine import Engine

from tests.scoring.mirrored import Mirrored


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)
