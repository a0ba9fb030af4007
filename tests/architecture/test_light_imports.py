"""What every process loads has words alone: columns, models and big clients come with the work that needs them."""

import subprocess
import sys

import pytest

from app import pipeline

HEAVY = ("polars", "numpy", "scipy", "hubspot", "altair", "phonenumbers", "adbc_driver_sqlite")
EDGES = ("app.web", "app.worker", "app.schedule", "cards.routes")
JOBS = tuple(sorted({job.rpartition(".")[0] for job in pipeline.JOBS}))


@pytest.mark.parametrize("module", [*EDGES, *JOBS])
def test_a_process_starts_without_columns_models_and_big_clients(module: str) -> None:
    found = f"import sys, {module}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
