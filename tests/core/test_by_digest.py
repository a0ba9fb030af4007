"""What was made of a text is remembered, the text is not."""

from core.by_digest import by_digest


def test_an_answer_is_made_once_for_each_text_and_each_word_beside_it() -> None:
    made: list[tuple[str, str]] = []

    @by_digest(10)
    def shout(text: str, *, kind: str) -> str:
        made.append((text, kind))
        return f"{kind} {text.upper()}"

    for _ in range(3):
        assert shout("stop", kind="sms") == "sms STOP"
        assert shout("stop", kind="email") == "email STOP"
        assert shout("a cut \ud83d emoji", kind="sms") == "sms A CUT \ud83d EMOJI"
    assert len(made) == 3


def test_the_oldest_is_forgotten_first() -> None:
    made: list[str] = []

    @by_digest(2)
    def length(text: str) -> int:
        made.append(text)
        return len(text)

    for text in ("a", "bb", "ccc", "bb", "a"):
        assert length(text) == len(text)
    assert made == ["a", "bb", "ccc", "a"]


def test_no_text_stays() -> None:
    @by_digest(10)
    def length(text: str) -> int:
        return len(text)

    length("a sentence that nobody else has written")
    held = [cell.cell_contents for cell in length.__closure__ or ()]
    known = next(one for one in held if isinstance(one, dict))
    assert [(type(key), len(key)) for key in known] == [(bytes, 16)]
    assert list(known.values()) == [39]
