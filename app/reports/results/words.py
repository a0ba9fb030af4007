"""An account's results in words for the terminal."""

from collections.abc import Iterator

from app.reports.results.assemble import Beside, Results
from app.reports.results.foretold import DAYS, Arm, Line, ReportCard
from app.reports.results.foretold import Verdict as Foretold
from workflows.results.comparing import Comparison, Lift, Verdict

WORDS = {
    "responded": "responded",
    "answered": "answered",
    "positive": "answered positively",
    "neutral": "answered neither way",
    "negative": "answered negatively",
    "booked": "booked",
    "showed": "showed up",
    "sold": "bought",
    "opted_out": "opted out",
    "complained": "complained",
}
WHY_NOT = {
    "refused": "refused by a rule before the start",
    "failed": "refused by the CRM",
    "waiting": "still waiting to be started",
    "unproved": "started without any trace in the CRM",
    "gone": "no longer in the ledger, as after a merge",
}

FORETOLD = {
    Foretold.TOO_FEW: "too few to say yet",
    Foretold.AGREES: "as foretold",
    Foretold.MORE_CAME: "more than foretold",
    Foretold.FEWER_CAME: "fewer than foretold",
}

# Standardised differences below this are those of groups that chance made (Austin 2009).
ALIKE = 0.1


def lines(found: Results) -> Iterator[str]:
    """Everything that a person reads, the sum first."""
    assigned = found.assigned
    if not assigned.started + assigned.left_alone:
        yield "Nothing to tell yet: results begin with the first wave that is approved."
        return
    yield (
        f"{assigned.started:,} people were to be started in {assigned.waves:,} waves, "
        f"{assigned.left_alone:,} were left alone to measure."
    )
    for why, count in assigned.not_started.items():
        yield f"  {count:,} of the first got nothing: {WHY_NOT.get(why, why)}. They count all the same."
    apart = assigned.balance.get("p_return")
    if apart is not None:
        yield (
            f"Before the start the groups were {'alike' if abs(apart) < ALIKE else 'not quite alike'}: "
            f"what was predicted differs by {abs(apart):.2f} standard deviations."
        )
    for days, comparison in found.horizons.items():
        yield ""
        yield from _horizon(days, comparison, found.currency)
    yield ""
    yield from _groups(found)
    yield from _touched(found)
    yield from _money(found)
    yield ""
    yield "The guide's ranges are for planning; they promise nothing. Beside them, your own:"
    yield from map(_beside, found.beside)


def _horizon(days: int, comparison: Comparison, currency: str) -> Iterator[str]:
    started, alone = comparison.started, comparison.left_alone
    if not started.people + alone.people:
        yield f"{days} days: nobody is that far yet."
        return
    yield f"{days} days: {started.people:,} started, {alone.people:,} left alone"
    for name, words in WORDS.items():
        one, other = started.did[name], alone.did[name]
        lift = comparison.lifts.get(name)
        told = f"; {difference(lift)}" if lift else ""
        yield f"  {words}: {one.count:,} ({percent(one.share)}) and {other.count:,} ({percent(other.share)}){told}"
    yield (
        f"  revenue per person: {amount(started.revenue_per_person, currency)} and "
        f"{amount(alone.revenue_per_person, currency)}; {_of_money(comparison.revenue, currency)}"
    )
    if comparison.contacted_controls:
        yield (
            f"  {comparison.contacted_controls:,} of those left alone heard from the team all the same, "
            "which makes the difference look smaller."
        )


def difference(lift: Lift) -> str:
    """A lift in words: points with their interval, and what could be shown."""
    if lift.difference is None:
        return "nobody to compare with yet"
    d = lift.difference
    told = f"{d.value * 100:+.1f} points ({d.low * 100:+.1f} to {d.high * 100:+.1f})"
    if lift.verdict is Verdict.MEASURED:
        return told
    if lift.smallest is None or abs(d.value) >= lift.smallest:
        return f"{told}, {lift.verdict.value} with so few people"
    return f"{told}, {lift.verdict.value}: so many people show {lift.smallest * 100:.1f} points or more"


def _of_money(lift: Lift, currency: str) -> str:
    if lift.difference is None:
        return "nobody to compare with yet"
    d = lift.difference
    told = f"{d.value:+,.2f} {currency} ({d.low:+,.2f} to {d.high:+,.2f})"
    return told if lift.verdict is Verdict.MEASURED else f"{told}, {lift.verdict.value}"


def _groups(found: Results) -> Iterator[str]:
    for name, groups in found.by.items():
        if len(groups) > 1 or name == "programme":
            words = "playbook" if name == "programme" else name.replace("_", " ")
            yield f"By {words}, at {found.days} days:"
            for value, comparison in groups.items():
                one = comparison.started
                responded, booked = one.did["responded"], one.did["booked"]
                yield (
                    f"  {value}: {one.people:,} started, {percent(responded.share)} responded, "
                    f"{percent(booked.share)} booked; {difference(comparison.lifts['responded'])}"
                )


def _touched(found: Results) -> Iterator[str]:
    for name, kinds in found.touched.items():
        if kinds:
            yield f"By {name}, of touches at {found.days} days (descriptive: not drawn evenly, so not compared):"
        for kind in kinds:
            share, low, high = map(
                percent, (kind.responded.share, kind.responded.low, kind.responded.high)
            )
            yield (
                f"  {kind.value}: {kind.touches:,} asked for, {share} ({low} to {high}) brought the first response"
            )
    first = found.first
    if first.median_days is not None:
        yield (
            f"First responses came {first.median_days:.1f} days after the first touch in the middle, "
            f"{percent(first.within_7_days)} of them within 7 days."
        )


def _money(found: Results) -> Iterator[str]:
    money, currency, revenue = found.money, found.currency, found.extra["revenue"]
    count = sum(n for n, _ in money.touches.values())
    yield (
        f"{count:,} touches cost {amount(money.cost, currency)}: {amount(money.per_response, currency)} a response, "
        f"{amount(money.per_booking, currency)} a booking, {amount(money.per_sale, currency)} a sale."
    )
    if money.returned is None:
        yield f"The return is {Verdict.NOT_YET.value}; the started brought {amount(revenue.all, currency)} in all."
    else:
        yield (
            f"They added {amount(revenue.value, currency)} ({amount(revenue.low, currency)} to "
            f"{amount(revenue.high, currency)}), {money.returned:,.1f} for each 1 of cost."
        )


def _beside(one: Beside) -> str:
    planned = one.planned
    own = "nobody is that far yet"
    if one.own is not None:
        own = f"{percent(one.own)} ({percent(one.low)} to {percent(one.high)})"
    return f"  {planned.key}: {planned.low:.0%} to {planned.high:.0%} {planned.words}; yours: {own}"


def report_lines(card: ReportCard) -> Iterator[str]:
    """The scores' report card: the verdict first, then what was foretold beside what came."""
    if not card.started.all.people + card.left_alone.all.people:
        yield (
            f"Nothing to report yet: what was foretold can be held against what came {DAYS} days after the first "
            "batch. Let one start."
        )
        return
    for arm, words, did in (
        (card.started, "approached", "answered or came back"),
        (card.left_alone, "left alone", "came back by themselves"),
    ):
        yield f"Of {arm.all.people:,} people {words}, within {DAYS} days:"
        yield f"  {_foretold(arm.all, did)}"
        yield from _parts(arm)
    if card.in_order is not None:
        yield (
            "No later priority answered more than an earlier one by more than luck makes: their order holds."
            if card.in_order
            else "A later priority answered more than an earlier one: their order does not hold."
        )


def _parts(arm: Arm) -> Iterator[str]:
    for name, lines in (
        ("time since last heard from", arm.by_band),
        ("priority", arm.by_priority),
        ("month", arm.by_month),
    ):
        if len(lines) > 1:
            yield f"  By {name}:"
            for line in lines:
                yield f"    {line.value}: {_foretold(line, 'did')}"


def _foretold(line: Line, did: str) -> str:
    came = line.came
    return (
        f"{came.count:,} of {line.people:,} {did}, {percent(came.share)} ({percent(came.low)} to "
        f"{percent(came.high)}); foretold {percent(line.foretold_share)}: {FORETOLD[line.verdict]}"
    )


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f}%"


def amount(money: float | None, currency: str) -> str:
    return "–" if money is None else f"{money:,.2f} {currency}"
