"""What every process loads has words alone: columns, models and big clients come with the work that needs them."""

import subprocess
import sys

from app import pipeline
from connector.registry import PROVIDERS

HEAVY = ("polars", "numpy", "scipy", "hubspot", "altair", "phonenumbers", "adbc_driver_sqlite")
EDGES = ("app.web", "app.worker", "app.schedule", "cards.routes")
# A worker's parent loads these before it forks, and what is heavy starts threads, which no fork survives.
JOBS = tuple(sorted({*(job.rpartition(".")[0] for job in pipeline.JOBS), *PROVIDERS.values()}))


def test_a_process_starts_without_columns_models_and_big_clients() -> None:
    """One process loads all of them, one after the other: whatever comes with any of them is there in the end."""
    loading = f"""
import importlib, sys
for module in {[*EDGES, *JOBS]!r}:
    importlib.import_module(module)
    print(module, *(heavy for heavy in {HEAVY!r} if heavy in sys.modules))
"""
    command = [sys.executable, "-c", loading]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [*EDGES, *JOBS]
