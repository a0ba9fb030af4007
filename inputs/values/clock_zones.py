"""What the letters behind a time say: minutes from UTC, or the place whose clock is meant."""

from collections.abc import Mapping
from types import MappingProxyType

MINUTES: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("z", "utc", "gmt", "ut", "wet"), 0),
        **dict.fromkeys(("cet", "mez", "west", "bst"), 60),
        **dict.fromkeys(("cest", "mesz", "eet", "sast"), 120),
        **dict.fromkeys(("eest", "msk"), 180),
        **dict.fromkeys(("awst", "sgt", "hkt"), 480),
        **dict.fromkeys(("jst", "kst"), 540),
        "acst": 570,
        "aest": 600,
        "acdt": 630,
        "aedt": 660,
        "nzst": 720,
        "nzdt": 780,
        "nst": -210,
        "ndt": -150,
        "ast": -240,
        "adt": -180,
        "brt": -180,
        "art": -180,
        "est": -300,
        "edt": -240,
        "cst": -360,
        "cdt": -300,
        "mst": -420,
        "mdt": -360,
        "pst": -480,
        "pdt": -420,
        "akst": -540,
        "akdt": -480,
        "hst": -600,
    }
)
# Letters that leave summer and winter open name a place.
PLACES: Mapping[str, str] = MappingProxyType(
    {
        "et": "America/New_York",
        "ct": "America/Chicago",
        "mt": "America/Denver",
        "pt": "America/Los_Angeles",
        # India's, before Israel's and Ireland's, which write it in summer alone: hours apart, never a day of silence.
        "ist": "Asia/Kolkata",
    }
)
