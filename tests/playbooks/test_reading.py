"""Playbooks are data: every packaged one is valid, and what is wrong in a file is named with its line."""

import pytest

from playbooks.library import find_line, packaged, packaged_text
from playbooks.reading import PlaybookInvalid, read_line
from tests.playbooks.small import SMALL


def problems(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(PlaybookInvalid) as raised:
        read_line(text)
    return [(p.line, p.field, p.message) for p in raised.value.problems]


def test_the_small_one_is_valid() -> None:
    found = read_line(SMALL).playbooks[0]
    assert [(touch.day, touch.channel) for touch in found.sequence] == [(0, "email"), (4, "sms")]


@pytest.mark.parametrize("key", list(packaged()))
def test_every_packaged_line_is_valid_and_named_as_its_file(key: str) -> None:
    assert read_line(packaged_text(key)) == find_line(key)
    assert find_line(key).line == key


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "said"),
    [
        ("track: lead", "track: leed", 6, "playbooks[0].track", "Write 'lead' or 'customer'"),
        ("label: Asked", "lable: Asked", 12, "playbooks[0].segments[0].lable", "Write label"),
        ("    label: Leads\n", "", 4, "playbooks[0].label", "Write label: ..."),
        ("forms", "formz", 14, "playbooks[0].segments[0].when", "Write forms"),
        ("at_least: 1", "contains: x", 14, "playbooks[0].segments[0].when", "at_least"),
        ("at_least: 1", "at_least: lots", 14, "playbooks[0].segments[0].when.at_least", "at_least: 0.3"),
        ("day: 4", "day: 2", 7, "playbooks[0].sequence", "3 to 7 apart"),
        ("day: 4", "day: 9", 7, "playbooks[0].sequence", "3 to 7 apart"),
        ("respond: 0.2", "respond: 0.4", 15, "playbooks[0].segments[0].priors.respond", "0.25"),
        ("channel: sms", "channel: fax", 9, "playbooks[0].sequence[1].channel", "'email', 'sms' or 'call'"),
        ("label: Bakery", "label: Bakery\nlabel: Bakers", 3, "label", "twice"),
        ("line: bakery", "line: Bakery!", 1, "line", "small letters"),
        ("label: Leads", "label: Leads\n    stops: [reply]", 6, "playbooks[0].stops", "opt_out"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_what_to_write_instead(
    old: str, new: str, line: int, field: str, said: str
) -> None:
    found = problems(SMALL.replace(old, new, 1))
    assert [one for one in found if one[0] == line and one[1] == field and said in one[2]], found


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("line: [bakery\nlabel: x", 2, "not YAML"),
        ("- a\n- b", 1, "has no fields"),
        ("", 1, "has no fields"),
        ("line: &a x\nlabel: *a", 2, "Write it out"),
        ("x" * 300_000, 1, "at most"),
        ("line: bakery\nlabel: !!python/object/apply:os.system [ls]\n", 2, "not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(text: str, line: int, said: str) -> None:
    found = problems(text)
    assert (found[0][0], said in found[0][2]) == (line, True), found
