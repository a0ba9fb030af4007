"""No line of business stands in code: its words are in its playbook file alone (S8, S25)."""

import re
from pathlib import Path

import pytest

from playbooks.library import GENERAL, packaged

ROOT = Path(__file__).parents[2]
# What people write is read with word lists of all trades, in inputs and contact_rules; these decide nothing.
DECIDING = (
    "app",
    "cards",
    "workflows",
    "scoring",
    "sync",
    "oauth",
    "connector",
    "playbooks",
    "core",
)
KEYS = {
    key
    for line in packaged().values()
    if line.line != GENERAL
    for key in (
        line.line,
        *(playbook.key for playbook in line.playbooks),
        *(segment.key for playbook in line.playbooks for segment in playbook.segments),
    )
}
TRADES = (
    "audiology",
    "audiologist",
    "hearing aids?",
    "dental",
    "dentist",
    "med.?spa",
    "real.?estate",
    "realtor",
)
WORDS = re.compile(rf"\b({'|'.join((*sorted(KEYS), *TRADES))})\b", re.IGNORECASE)


@pytest.mark.parametrize("room", DECIDING)
def test_no_line_of_business_stands_in_code(room: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for kind in ("*.py", "*.html")
        for file in (ROOT / room).rglob(kind)
        if not {"node_modules", "migrations"} & set(file.parts)
        for line in file.read_text(encoding="utf-8").splitlines()
        if WORDS.search(line)
    ]
    assert found == []


def test_every_segment_of_every_line_of_business_has_a_name_of_its_own() -> None:
    names = [
        segment.key
        for line in packaged().values()
        for playbook in line.playbooks
        for segment in playbook.segments
    ]
    assert len(set(names)) == len(names)
