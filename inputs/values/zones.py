"""Time zones as CRMs, spreadsheets and people name them, made into the one name that clocks know."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import available_timezones

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("eastern", "et", "est", "edt", "us eastern", "eastern us & canada"), "America/New_York"
        ),
        **dict.fromkeys(
            ("central", "ct", "cst", "cdt", "us central", "central us & canada"), "America/Chicago"
        ),
        **dict.fromkeys(
            ("mountain", "mt", "mst", "mdt", "us mountain", "mountain us & canada"),
            "America/Denver",
        ),
        **dict.fromkeys(
            ("pacific", "pt", "pst", "pdt", "us pacific", "pacific us & canada"),
            "America/Los_Angeles",
        ),
        **dict.fromkeys(("alaska", "akst", "akdt", "alaskan"), "America/Anchorage"),
        **dict.fromkeys(("hawaii", "hst", "hawaiian"), "Pacific/Honolulu"),
        **dict.fromkeys(("arizona", "us mountain standard"), "America/Phoenix"),
        **dict.fromkeys(("atlantic", "atlantic canada", "ast", "adt"), "America/Halifax"),
        **dict.fromkeys(("newfoundland", "nst", "ndt"), "America/St_Johns"),
        **dict.fromkeys(("canada central", "saskatchewan"), "America/Regina"),
        **dict.fromkeys(("central mexico", "mexico"), "America/Mexico_City"),
        **dict.fromkeys(("e. south america", "brasilia", "brt"), "America/Sao_Paulo"),
        **dict.fromkeys(
            ("argentina", "buenos aires, georgetown"), "America/Argentina/Buenos_Aires"
        ),
        **dict.fromkeys(("pacific sa",), "America/Santiago"),
        **dict.fromkeys(("sa pacific", "bogota, lima, quito"), "America/Bogota"),
        **dict.fromkeys(("utc", "gmt", "z", "coordinated universal", "greenwich mean"), "Etc/UTC"),
        **dict.fromkeys(
            ("gmt standard time", "british", "bst", "uk", "british summer"), "Europe/London"
        ),
        **dict.fromkeys(
            ("w. europe", "mez", "mesz", "amsterdam, berlin, bern, rome, stockholm, vienna"),
            "Europe/Berlin",
        ),
        **dict.fromkeys(
            ("romance", "brussels, copenhagen, madrid, paris", "central european"), "Europe/Paris"
        ),
        **dict.fromkeys(("cet", "cest", "central european summer"), "Europe/Paris"),
        **dict.fromkeys(
            ("central europe", "belgrade, bratislava, budapest, ljubljana, prague"),
            "Europe/Budapest",
        ),
        **dict.fromkeys(("sarajevo, skopje, warsaw, zagreb",), "Europe/Warsaw"),
        **dict.fromkeys(("gtb", "e. europe", "athens, bucharest"), "Europe/Bucharest"),
        **dict.fromkeys(("fle", "eastern european", "eet", "eest"), "Europe/Kiev"),
        **dict.fromkeys(("turkey",), "Europe/Istanbul"),
        **dict.fromkeys(("russian", "moscow", "msk"), "Europe/Moscow"),
        **dict.fromkeys(("israel",), "Asia/Jerusalem"),
        **dict.fromkeys(("arabian", "abu dhabi, muscat", "gulf"), "Asia/Dubai"),
        **dict.fromkeys(("arab",), "Asia/Riyadh"),
        **dict.fromkeys(("india", "chennai, kolkata, mumbai, new delhi"), "Asia/Kolkata"),
        **dict.fromkeys(("se asia", "bangkok, hanoi, jakarta"), "Asia/Bangkok"),
        **dict.fromkeys(("china", "beijing, chongqing, hong kong, urumqi"), "Asia/Shanghai"),
        **dict.fromkeys(("singapore", "sgt"), "Asia/Singapore"),
        **dict.fromkeys(("tokyo", "japan", "jst", "osaka, sapporo, tokyo"), "Asia/Tokyo"),
        **dict.fromkeys(("korea", "kst"), "Asia/Seoul"),
        **dict.fromkeys(
            ("aus eastern", "aest", "aedt", "canberra, melbourne, sydney"), "Australia/Sydney"
        ),
        **dict.fromkeys(("e. australia",), "Australia/Brisbane"),
        **dict.fromkeys(("cen. australia", "acst", "acdt"), "Australia/Adelaide"),
        **dict.fromkeys(("aus central",), "Australia/Darwin"),
        **dict.fromkeys(("w. australia", "awst"), "Australia/Perth"),
        **dict.fromkeys(("tasmania",), "Australia/Hobart"),
        **dict.fromkeys(
            ("new zealand", "nzst", "nzdt", "auckland, wellington"), "Pacific/Auckland"
        ),
        **dict.fromkeys(("south africa", "sast", "harare, pretoria"), "Africa/Johannesburg"),
        **dict.fromkeys(("egypt",), "Africa/Cairo"),
        **dict.fromkeys(("e. africa",), "Africa/Nairobi"),
        **dict.fromkeys(("w. central africa",), "Africa/Lagos"),
    }
)
_HALF_HOURS = {
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    570: "Australia/Darwin",
}
_OFFSET = re.compile(r"^\(?(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?\)?$")
_STATED = re.compile(r"^\((?:utc|gmt)\s*(?:[+-][\d:]+)?\)\s*(?=\S)")
_PLAIN_WORDS = re.compile(r"\b(?:standard|daylight)?\s*time\b|\(|\)")


@lru_cache(maxsize=4096)
def zone_named(text: str) -> str | None:
    """The IANA name of a zone: of `america_slash_new_york`, `Eastern Time (US & Canada)`, `UTC+2`, `Berlin`."""
    word = " ".join(text.strip().casefold().split())
    for spelt, sign in (("_slash_", "/"), ("_hyphen_", "-"), ("_plus_", "+")):
        word = word.replace(spelt, sign)
    words = " ".join(_PLAIN_WORDS.sub(" ", _STATED.sub("", word)).split())
    return (
        _names().get(word.replace(" ", "_"))
        or _WORDS.get(word)
        or _WORDS.get(words)
        or _WORDS.get(words.removesuffix(" standard"))
        or _cities().get(words.replace(" ", "_"))
        or _by_offset(word)
    )


def _by_offset(word: str) -> str | None:
    found = _OFFSET.match(word)
    if found is None:
        stated = _STATED.match(word)
        found = _OFFSET.match(stated[0].strip()) if stated else None
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    if minutes % 60:
        return _HALF_HOURS.get(minutes) if found[1] == "+" else None
    # The sign of these names is turned: Etc/GMT-2 is two hours ahead.
    turned = "-" if found[1] == "+" else "+"
    return (
        f"Etc/GMT{turned}{minutes // 60}"
        if 0 < minutes <= 14 * 60
        else "Etc/UTC"
        if not minutes
        else None
    )


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Those with a place; the bare abbreviations are words, whose summers differ by place."""
    return {name.casefold(): name for name in available_timezones() if "/" in name}


@lru_cache(maxsize=1)
def _cities() -> Mapping[str, str]:
    places: dict[str, set[str]] = defaultdict(set)
    for name in available_timezones():
        if name.split("/")[0] in {"Africa", "America", "Asia", "Australia", "Europe", "Pacific"}:
            places[name.rpartition("/")[2].casefold()].add(name)
    return {city: next(iter(names)) for city, names in places.items() if len(names) == 1}
