"""An address that takes what a platform sends to the app, signed for exactly that address."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.contract.crm_side import Post
from tests.listening import Posted, listening


@dataclass
class Mailbox:
    """Posts in the order they came; `url` is the origin they were sent to."""

    url: str
    _posts: list[Post] = field(default_factory=list)
    _taken: int = 0

    def put(self, post: Post) -> None:
        self._posts.append(post)

    def take(self) -> Sequence[Post]:
        """Those that came since the last call."""
        new = self._posts[self._taken :]
        self._taken += len(new)
        return new


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mailbox on this machine until the block ends."""
    box = Mailbox("")

    def answer(posted: Posted) -> tuple[int, bytes]:
        box.put(Post(posted.path, posted.headers, posted.body))
        return 204, b""

    with listening(answer) as origin:
        box.url = origin
        yield box
