from datetime import timedelta
import pytest
from tests.scoring.test_versions import *
from tests.scoring.mirrored import *
@pytest.mark.parametrize("seed", range(5))
def test_probe(engine, seed):
    m = Mirrored(engine)
    m.crowd(400, seed=seed)
    good = fitted(m, START - timedelta(days=120))
    reign(m, good, as_of=START - timedelta(days=120))
    m.run(jobs.learn_account)
    print(m.versions()[0].metrics, m.versions()[0].state)
