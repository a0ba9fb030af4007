"""What the letters behind a time say: minutes from UTC. Letters that several places use otherwise are left out."""

from collections.abc import Mapping
from types import MappingProxyType

# IST is not among them: it is India's, Israel's and Ireland's.
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
