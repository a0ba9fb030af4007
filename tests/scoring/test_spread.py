"""Work on many parts at once keeps their order and hides no failure."""

from threading import Event

import pytest

from scoring.parallel import spread


@pytest.mark.parametrize("parts", [[], [3], [3, 1, 2], list(range(50))])
def test_what_is_made_stands_in_the_order_of_the_parts(parts: list[int]) -> None:
    assert spread(lambda part: part * 2, iter(parts)) == [part * 2 for part in parts]


def test_the_order_stands_even_where_the_first_part_is_done_last() -> None:
    second_is_done = Event()

    def work(part: str) -> str:
        if part == "last":
            second_is_done.set()
        elif not second_is_done.wait(0.2):
            return f"{part}, alone"  # one core: nothing else runs meanwhile
        return part

    assert [made[:5] for made in spread(work, ["first", "last"])] == ["first", "last"]


@pytest.mark.parametrize("parts", [["bad"], ["good", "bad", "good"]])
def test_what_goes_wrong_in_a_part_is_raised(parts: list[str]) -> None:
    def work(part: str) -> str:
        if part == "bad":
            raise KeyError(part)
        return part

    with pytest.raises(KeyError, match="bad"):
        spread(work, parts)
