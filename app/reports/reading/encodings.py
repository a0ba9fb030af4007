"""How the bytes of a file stand for text: by its byte order mark, by its zeros, by what makes sense."""

import codecs
import re
from pathlib import Path
from typing import BinaryIO

from core.errors import Invalid

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 4096
_BLOCK = 1 << 20
# A page of HTML or XML, or the beginning of JSON; names of columns begin otherwise.
_OTHER_FORMAT = re.compile(
    rb"\s*(?:<(?:!doctype|html|table|\?xml)|\[\s*[{\[]|\{\s*\")", re.IGNORECASE
)
# Of a text, so many bytes at the beginning may be control characters.
_CONTROLS = re.compile(rb"[\x01-\x08\x0b\x0e-\x1f]")
_MOST_CONTROLS = 0.1
_MOST_ZEROS = 0.3
# One place may stand for several bytes.
_LOST = "\ufffd"
_BROKEN = re.compile(f"{_LOST}+")
_HIGH = bytes(range(0x80, 0x100))
# Between two letters: a letter in the Macintosh's alphabet, a sign in that of Windows; and the other way round.
_MAC_LETTER = re.compile(rb"[A-Za-z][\x80-\x91\x93-\x9f][A-Za-z]")
_WINDOWS_LETTER = re.compile(rb"[A-Za-z][\xc0-\xff][A-Za-z]")


def find_encoding(stream: BinaryIO, path: Path) -> str:
    """The encoding of a file; raises Invalid for one that is empty or no text."""
    head = stream.read(_HEAD)
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise Invalid(f"{path} is empty. Export it again and check that it has a header row.")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid(f"{path} is a workbook or an archive. Save the sheet as CSV and try again.")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    wide = _by_zeros(head)
    if wide:
        return wide
    controls, zeros = len(_CONTROLS.findall(head)), head.count(0)
    if controls > len(head) * _MOST_CONTROLS or zeros > len(head) * _MOST_ZEROS:
        raise Invalid(f"{path} is not a text file. Export the contacts as CSV and try again.")
    if _OTHER_FORMAT.match(head):
        raise Invalid(
            f"{path} is no table of columns but a web page or JSON. "
            "Open it in a spreadsheet, save it as CSV and try again."
        )
    stream.seek(0)
    return _of_single_bytes(stream)


def _by_zeros(head: bytes) -> str | None:
    """Two or four bytes a character without a mark leave their zeros in the same places."""
    quarter, half = len(head) // 4, len(head) // 2
    zeros = [head[place::4].count(0) for place in range(4)]
    # English in four bytes has three zeros each, any text at least two.
    if min(zeros[2], zeros[3]) > quarter * 0.9 and zeros[0] < quarter * 0.1:
        return "utf-32-le"
    if min(zeros[0], zeros[1]) > quarter * 0.9 and zeros[3] < quarter * 0.1:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if odd > half // 2 and even < half // 10:
        return "utf-16-le"
    if even > half // 2 and odd < half // 10:
        return "utf-16-be"
    return None


def _of_single_bytes(stream: BinaryIO) -> str:
    """UTF-8 where that makes sense of most of what is no ASCII: one broken cell spoils no other."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    broken = sound = 0
    while block := stream.read(_BLOCK):
        text = decoder.decode(block)
        if block.isascii():
            continue
        lost = text.count(_LOST)
        if lost:
            broken += len(_BROKEN.findall(text))
        sound += len(text) - lost - len(block.translate(None, _HIGH))
    if broken <= sound:
        return "utf-8"
    stream.seek(0)
    return "mac-roman" if _is_macintosh(stream) else "cp1252"


def _is_macintosh(stream: BinaryIO) -> bool:
    """Whether more letters make sense in the Macintosh's alphabet than in that of Windows."""
    mac = windows = 0
    while block := stream.read(_BLOCK):
        mac += len(_MAC_LETTER.findall(block))
        windows += len(_WINDOWS_LETTER.findall(block))
    return mac > windows
