"""`rekindle serve`: one web process, or several that share a port."""

import multiprocessing
import os
import tempfile
from typing import Any

import uvicorn
from fastapi import FastAPI

from app.compose import compose, environment
from app.processes import die_with_parent
from app.web import create_app


def serve(host: str, port: int, *, processes: int) -> None:
    """Answer until told to stop; with several processes a dead one is replaced."""
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "log_level": "warning",
        "log_config": None,  # core/log.py has set it up for everybody
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
    }
    if processes == 1:
        uvicorn.run(create_app(compose(environment())), **options)
    else:
        compose(environment())  # what is missing is said once, by this process
        with tempfile.TemporaryDirectory(prefix="rekindle-counts-") as folder:
            # Whichever process is asked for /metrics answers for all of them.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
            uvicorn.run("app.serve:one_of_several", factory=True, workers=processes, **options)


def one_of_several() -> FastAPI:
    """The application of a process that another one started and that goes when that one goes."""
    parent = multiprocessing.parent_process()
    die_with_parent(parent.pid if parent else None)
    return create_app(compose(environment()))
