"""Templates hold to the policy that every answer carries: no styles on elements, no scripts without our mark."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "app").rglob("*.html"))
STYLED = re.compile(r"""\sstyle\s*=\s*["']""")
HANDLER = re.compile(r"""<[^>]*\son[a-z]+\s*=\s*["']""")
UNMARKED = re.compile(r"<(script|style)(?![^>]*nonce\(\))[^>]*>")
ELSEWHERE = re.compile(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_needs_no_exception_of_the_policy(path: Path) -> None:
    text = path.read_text()
    for forbidden in (STYLED, HANDLER, UNMARKED, ELSEWHERE):
        assert not forbidden.search(text), forbidden.pattern
