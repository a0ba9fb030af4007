"""Opens long files with a progress bar on stderr if somebody watches."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

# Below this size a file is read before a progress bar could be seen.
_LONG_FILE = 5_000_000


def opener() -> Callable[[Path], AbstractContextManager[BinaryIO]]:
    """Open files for reading, with a progress bar on stderr for long ones if somebody watches."""

    @contextmanager
    def open_with_progress(path: Path) -> Iterator[BinaryIO]:
        size, screen = path.stat().st_size, Console(stderr=True)
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=screen,
            transient=True,
            disable=size < _LONG_FILE or not screen.is_terminal,
        )
        with bar, path.open("rb") as stream:
            task = bar.add_task(f"Reading {path.name}", total=size)
            yield bar.wrap_file(stream, task_id=task)

    return open_with_progress
