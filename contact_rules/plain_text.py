"""What one person wrote: a message without its markup, without what it quotes and without its signature."""

import re
from html.parser import HTMLParser

# Longer texts are newsletters and threads; what somebody says of themselves stands at the beginning.
LONGEST = 20_000

_MARKUP = re.compile(r"<(?:!|/?[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4"})
_UNSEEN = frozenset({"style", "script", "head", "title", "blockquote"})
# How mail programs mark the beginning of what they quote; nothing after it is the writer's own.
_QUOTE_MARKS = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|divrplyfwdmsg|appendonsend|protonmail_quote"
)
_QUOTE_BEGINS = re.compile(
    r"^[ \t]*(?:"
    r"on\b[^\n]{4,200}\n?[^\n]{0,120}\bwrote:[ \t]*$"
    r"|-{2,}[ \t]*(?:original|forwarded) message"
    r"|begin forwarded message"
    r"|_{10,}[ \t]*$"
    r"|from:[^\n]+\n[ \t]*(?:sent|date|to|reply-to):"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(
    r"^(?:--[ \t]*$|[ \t]*(?:sent from my |sent from outlook|get outlook for ))",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\xa0": " "})


class _Text(HTMLParser):
    """Collects what a reader would see, up to the first quoted message."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = " ".join(value or "" for name, value in attrs if name in {"class", "id"})
        if _QUOTE_MARKS.search(named.lower()):
            self._ended = True
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._ended and not self._unseen:
            self.parts.append(data)


def plain(text: str) -> str:
    """The writer's own words as lines of plain text; empty where nothing of it is theirs."""
    shown = text[:LONGEST]
    if _MARKUP.search(shown):
        parser = _Text()
        parser.feed(shown)
        parser.close()
        shown = "".join(parser.parts)
    shown = shown.replace("\r\n", "\n").replace("\r", "\n").translate(_STRAIGHT)
    for cut in (_QUOTE_BEGINS, _SIGNATURE):
        found = cut.search(shown)
        shown = shown[: found.start()] if found else shown
    lines = (" ".join(line.split()) for line in _QUOTED_LINE.sub("", shown).split("\n"))
    return "\n".join(line for line in lines if line)


_QUOTE_MARK = re.compile(r"^[ \t]*>[ \t]?(?![ \t]*>)", re.MULTILINE)


def quoted(text: str) -> str:
    """What a message answers: the words it quotes, without what those quote in turn; empty where it quotes nothing."""
    shown = _without_markup(text[:LONGEST]).replace("\r\n", "\n").translate(_STRAIGHT)
    lines = [line for line in shown.split("\n") if _QUOTE_MARK.match(line)]
    if lines:
        return plain("\n".join(_QUOTE_MARK.sub("", line) for line in lines))
    begins = _QUOTE_BEGINS.search(shown)
    if begins is None:
        return ""
    # After the line that begins a quote stand the lines of its head, if any.
    rest = _HEAD.sub("", shown[begins.end() :].lstrip("\n"))
    return plain(rest)


_HEAD = re.compile(
    r"\A(?:[ \t]*(?:from|sent|date|to|cc|subject|reply-to|on)\b[^\n]*\n)+", re.IGNORECASE
)


def _without_markup(text: str) -> str:
    """A message as lines, what it quotes marked as such."""
    if not _MARKUP.search(text):
        return text
    parser = _Quotes()
    parser.feed(text)
    parser.close()
    return "".join(parser.parts)


class _Quotes(HTMLParser):
    """Lines of a message, those within quotations behind a mark for each level."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._level = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._level += tag == "blockquote"
        if tag in _BLOCKS or tag == "blockquote":
            self.parts.append("\n" + ">" * self._level)

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._level = max(0, self._level - 1)
        if tag in _BLOCKS or tag == "blockquote":
            self.parts.append("\n" + ">" * self._level)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
