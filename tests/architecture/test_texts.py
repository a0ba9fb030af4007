"""Texts of templates can be filled in: a lone percent sign would end the page that shows it."""

from collections import defaultdict
from io import BytesIO
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[2]
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


@pytest.mark.parametrize("path", sorted((ROOT / "app").rglob("*.html")), ids=lambda p: p.name)
def test_every_text_of_a_template_can_be_filled_in(path: Path) -> None:
    source = BytesIO(path.read_bytes())
    for line, _function, said, _comments in babel_extract(source, ("_", "ngettext"), (), OPTIONS):
        for text in [said] if isinstance(said, str) else said or ():
            if text is not None:
                assert text % defaultdict(str), (line, text)
