"""The families: how often people come, when they leave, in which season, and how it is written down."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Family:
    """How the people of a record behave; times are in days.

    Rates of coming are gamma (`shape`, mean one in `every`); between two visits lie `stages` steps, so that above 1
    they are regular. After each visit some leave for good, by a chance that is beta (`leave`, `stay`) for each person;
    `lifetime` lets them leave at any moment instead. `reach` is how long the record is by the last origin, `joining`
    the share of it in which people begin, `before` how long the business was there already when the record began.
    `swing` is how far the season goes up and down on the log scale and `sharp` its sharpness; 0 is none. `own_season`
    is the share of people who come only around a day of the year of their own. `mailed_every` is the time between two
    mails to everybody, `replies` the share who answer one. `grid` writes days down as the first of their week (7) or
    month (30).
    """

    name: str
    people: int = 4_000
    shape: float = 0.8
    every: float = 70.0
    stages: int = 1
    alike: float = 0.0
    leave: float = 0.8
    stay: float = 3.0
    lifetime: float | None = None
    reach: int = 1_095
    joining: float = 1.0
    before: int = 0
    swing: float = 0.0
    sharp: int = 1
    own_season: float = 0.0
    change: float = 1.0
    mailed_every: int = 0
    replies: float = 0.0
    grid: int = 1
    kind: str = "purchase"


_USUAL = Family("usual")
_SEASON = replace(_USUAL, every=160.0, leave=0.5, stay=6.0, swing=1.0)

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        _USUAL,
        replace(_USUAL, name="leaving_any_time", lifetime=350.0),
        replace(_USUAL, name="regular", stages=3, every=60.0),
        replace(_USUAL, name="rare", every=700.0, shape=1.2, reach=2_000),
        replace(_USUAL, name="changed", change=0.5),
        replace(_USUAL, name="own_season", every=200.0, own_season=0.6, leave=0.5, stay=4.0, reach=1_600),
        replace(_SEASON, name="season", reach=2_920),
        replace(_SEASON, name="sharp_season", reach=2_920, swing=1.4, sharp=2),
        replace(_SEASON, name="one_season", reach=480, every=110.0),
        replace(
            _USUAL, name="campaigns", shape=0.5, every=4_500.0, leave=0.1, stay=20.0, mailed_every=91, replies=0.12,
            kind="form",
        ),
        replace(
            _USUAL, name="frequent_campaigns", shape=0.7, every=700.0, leave=0.3, stay=4.0, mailed_every=30,
            replies=0.05, kind="form",
        ),
        replace(
            _USUAL, name="recall", every=182.0, stages=14, alike=0.12, leave=0.7, stay=2.8, reach=1_460,
        ),
        replace(_USUAL, name="truncated", before=1_500, reach=500, every=140.0, leave=0.4, stay=4.0),
        replace(_USUAL, name="weekly", grid=7),
        replace(_USUAL, name="monthly", grid=30, every=120.0),
    )
}  # fmt: skip
