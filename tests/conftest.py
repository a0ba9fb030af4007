"""The three floors of the tests, and what all of them share."""

import gc
import os
import re
from math import ceil
from pathlib import Path

import pytest
from hypothesis import settings

from core import log

# As in every process of ours (app/cli/main.py): several workers share the cores, and threads would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# No test has a deadline: how long something takes says more of the machine than of the code. Examples are others in
# each run, so that half of the usual number is soon as much.
settings.register_profile("rekindle", deadline=None, max_examples=50)
settings.load_profile("rekindle")

TESTS = Path(__file__).parent
# What stands between a test and the database or the queue that it is run on.
SERVED = {
    *("engine", "empty_engine", "database_url", "redis", "queue_server"),
    *("make_rekindle", "ready_rekindle"),
}
# Three floors. Units take everything as arguments and are done in a moment: all files but those below. Integration
# has a database, a web application, the sandbox over HTTP, or whole accounts and corpora to go through; files outside
# these folders say so by `pytestmark = pytest.mark.integration`. Processes are started by tests that say
# `pytest.mark.processes`.
INTEGRATION_FOLDERS = {"app", "architecture", "chaos", "contract", "sandbox"}
_NO_UNITS = re.compile(r"pytest\.mark\.(integration|processes|browser)\b")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--unit", action="store_true", help="only the units: seconds, not minutes")
    parser.addoption(
        "--served", action="store_true", help="only tests that use a database or a queue"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The product is loaded for those floors alone that need it."""
    if not config.getoption("--unit"):
        config.pluginmanager.import_plugin("tests.product_fixtures")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --unit other files are not even imported."""
    if not config.getoption("--unit"):
        return None
    return True if _is_integration(collection_path) else None


def _is_integration(path: Path) -> bool:
    inside = path.relative_to(TESTS).parts if path.is_relative_to(TESTS) else ()
    if INTEGRATION_FOLDERS & set(inside[:1]):
        return True
    if not path.name.startswith("test_") or path.suffix != ".py":
        return False
    return bool(_NO_UNITS.search(path.read_text(encoding="utf-8")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests come among the others; with --served those alone that would not repeat themselves elsewhere."""
    items[:] = _mixed(items)
    served = {item: bool(SERVED & set(getattr(item, "fixturenames", ()))) for item in items}
    wrong = {
        str(i.path) for i, is_served in served.items() if is_served and not _is_integration(i.path)
    }
    if wrong:
        raise pytest.UsageError(
            f"no units, for they use a database: say pytestmark = pytest.mark.integration in {sorted(wrong)}"
        )
    if not config.getoption("--served"):
        return
    kept = [item for item in items if served[item]]
    config.hook.pytest_deselected(items=[item for item in items if not served[item]])
    items[:] = kept


def _mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """Long tests between the files of the first half of those that each worker begins with.

    Whole processes take up to a minute and mostly wait: begun last, all other workers would wait for them, and begun
    all at once they leave the cores idle.
    """
    is_long = {i: any(map(i.get_closest_marker, ("processes", "browser"))) for i in items}
    long, short = [i for i in items if is_long[i]], [i for i in items if not is_long[i]]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mixed: list[pytest.Item] = []
    for worker in range(workers):
        mine = long[worker::workers]
        rest = short[len(short) * worker // workers : len(short) * (worker + 1) // workers]
        begun = 0
        for at, test in enumerate(rest):
            if at == 0 or test.path != rest[at - 1].path:
                due = ceil(len(mine) * min(1.0, 2 * at / len(rest)))
                mixed += mine[begun:due]
                begun = due
            mixed.append(test)
        mixed += mine[begun:]
    return mixed


def pytest_collection_finish() -> None:
    """What has been loaded by now stays: looking through it for garbage again and again costs a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    log.configure("json", level="CRITICAL")
