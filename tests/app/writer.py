"""A process that writes one transaction after the other until it is told to stop; says how many it committed."""

import sys
from pathlib import Path

from core.db import open_engine
from sync.mirror.unscored import mark_unscored

ACCOUNT = "elsewhere"
AT_ONCE = 20


def main(url: str, stop: Path) -> None:
    engine, committed = open_engine(url), 0
    while not stop.exists():
        with engine.begin() as tx:
            mark_unscored(tx, ACCOUNT, (f"{committed}-{n}" for n in range(AT_ONCE)))
        committed += 1
    engine.dispose()
    sys.stdout.write(str(committed * AT_ONCE))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
