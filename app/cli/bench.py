"""`rekindle bench`: measures how fast the bulk paths are, and what single changes and pages cost."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import AsJson, put, say
from connector.registry import DEFAULT_PROVIDER

bench = typer.Typer(help="Measures how fast the bulk paths are.", no_args_is_help=True)

Processes = Annotated[int | None, typer.Option(help="Web processes; as many as cores by default.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        envvar="REKINDLE_DATABASE_URL",
        help="A PostgreSQL to make a schema in; a temporary SQLite file by default.",
    ),
]


@bench.command()
def extract(
    api_url: Annotated[str, typer.Option(help="Address of a server that speaks the CRM's API.")],
    token: Annotated[str, typer.Option(help="An access token for it.")],
    provider: Annotated[str, typer.Option(help="Which CRM's API it speaks.")] = DEFAULT_PROVIDER,
    in_flight: Annotated[int, typer.Option(help="Pages under way at once.")] = 8,
    as_json: AsJson = False,
    database: Annotated[
        str | None, typer.Option(help="Where to read to; a temporary SQLite file by default.")
    ] = None,
) -> None:
    """Read all contacts of a server into the mirror and say how fast that was."""
    from app.lab.bench_reading import extract_contacts  # noqa: PLC0415

    result = extract_contacts(
        api_url, token, provider=provider, in_flight=in_flight, database_url=database
    )
    if as_json:
        put(result)
    else:
        say(
            f"{result['contacts']:,} contacts in {result['seconds']:.2f} s: "
            f"{result['contacts_per_second']:,.0f} contacts/s, {result['cpu_seconds']:.2f} CPU s, "
            f"{result['peak_memory_mb']:.0f} MB, {result['requests']} requests"
        )


@bench.command()
def score(
    contacts: Annotated[int, typer.Option(min=1_000, help="How many contacts.")] = 1_000_000,
    events: Annotated[int, typer.Option(min=1_000, help="How many events.")] = 8_000_000,
    as_json: AsJson = False,
) -> None:
    """Score made-up contacts and say how fast that was: features, fit, scores."""
    from app.lab.bench_score import score_made_up  # noqa: PLC0415  loads polars

    result = score_made_up(contacts, events, tell=lambda doing: say(f"{doing} ..."))
    if as_json:
        put(result)
    else:
        stages = ", ".join(f"{name} {value:.2f} s" for name, value in result["seconds"].items())
        say(
            f"{result['contacts']:,} contacts with {result['events']:,} events in "
            f"{result['total_seconds']:.2f} s ({stages}), {result['peak_memory_mb']:.0f} MB; "
            f"{result['explanations']:,} sentences in {result['explanation_seconds']:.2f} s more"
        )


@bench.command()
def card(
    contacts: Annotated[int, typer.Option(min=100, help="How many contacts.")] = 200_000,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second.")] = 100,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 20,
    processes: Processes = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask for cards at a fixed rate and say how long the answers took."""
    from app.lab.bench_web import Load, bench_card  # noqa: PLC0415

    load = Load(contacts, rate, seconds, processes or os.cpu_count() or 1)
    _put_latencies(bench_card(load, database_url=database_url, tell=_doing), as_json=as_json)


@bench.command()
def pages(
    contacts: Annotated[int, typer.Option(min=100, help="How many contacts.")] = 200_000,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second.")] = 10,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 60,
    processes: Processes = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask for an admin's pages at a fixed rate and say how long each took."""
    from app.lab.bench_web import Load, bench_pages  # noqa: PLC0415

    load = Load(contacts, rate, seconds, processes or os.cpu_count() or 1)
    _put_latencies(bench_pages(load, database_url=database_url, tell=_doing), as_json=as_json)


def _doing(what: str) -> None:
    say(f"{what} ...")


def _put_latencies(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        put(result)
        return
    for name, found in {"all": result, **result.get("pages", {})}.items():
        say(
            f"{name}: {found['requests']:,} requests, {found['errors']} errors, p50 {found['p50_ms']} ms, "
            f"p95 {found['p95_ms']} ms, p99 {found['p99_ms']} ms"
        )
    say(f"{result['cpu_ms_per_request']} ms of CPU a request")


@bench.command()
def plan(
    contacts: Annotated[int, typer.Option(min=1, help="How many contacts.")] = 200_000,
    as_json: AsJson = False,
    database: Annotated[
        str | None, typer.Option(help="Where to make them; a temporary SQLite file by default.")
    ] = None,
) -> None:
    """Decide about made-up contacts, plan what to write to them, and say what that took."""
    from app.lab.bench_plan import plan_made_up  # noqa: PLC0415  loads the whole of workflows

    result = plan_made_up(contacts, database_url=database, tell=lambda doing: say(f"{doing} ..."))
    if as_json:
        put(result)
    else:
        say(
            f"{result['contacts']:,} contacts in {result['cpu_seconds']:.2f} CPU s, "
            f"{result['peak_mb']:.0f} MB, no transaction longer than "
            f"{result['longest_transaction_seconds']:.2f} s; one contact by itself in "
            f"{result['one_contact']['cpu_seconds']:.3f} CPU s"
        )


@bench.command()
def change(
    contacts: Annotated[int, typer.Option(min=100, help="How many contacts.")] = 2_000,
    changes: Annotated[int, typer.Option(min=1, help="How many are changed, one by one.")] = 9,
    as_json: AsJson = False,
) -> None:
    """What one changed contact costs from the CRM's webhook to the write-back, in CPU seconds of all processes.

    Takes an empty database of its own unless REKINDLE_DATABASE_URL names one.
    """
    from app.lab.bench_change import Trial, measure_change  # noqa: PLC0415

    result = measure_change(Trial(contacts, changes=changes))
    if as_json:
        put(result)
    else:
        say(
            f"{result['cpu_seconds']:.2f} CPU s for one changed contact of {result['contacts']:,}, "
            f"written back after {result['written_after_seconds']:.1f} s (median of {result['changes']})"
        )


@bench.command()
def start(
    contacts: Annotated[int, typer.Option(min=500, help="How many the pretend CRM has.")] = 6_000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    as_json: AsJson = False,
) -> None:
    """How soon an approved start reaches the CRM while a reading uses the account's whole budget."""
    from app.lab.bench_start import measure_start  # noqa: PLC0415

    result = measure_start(contacts, workers=workers)
    if as_json:
        put(result)
    else:
        say(
            f"Started after {result['started_after_seconds']:.1f} s, with {result['workers']} worker(s) "
            f"and {result['contacts']:,} contacts being read"
        )


@bench.command()
def people(
    seed: Annotated[int, typer.Option(help="Which pretend people.")] = 1,
    contacts: Annotated[int, typer.Option(min=500, help="How many contacts.")] = 40_000,
    family: Annotated[
        str, typer.Option(help="How they behave: standard, misspecified or affinity.")
    ] = "standard",
    null: Annotated[
        bool, typer.Option("--null", help="Nobody differs and outreach does nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Judge the scores on pretend people whose truth is sealed: share of what an oracle could tell."""
    from app.lab.bench_responses import Question, judge_people, sum_up  # noqa: PLC0415  loads polars

    question = Question(seed, contacts=contacts, family=family, null=null)
    result = judge_people(question, tell=lambda doing: say(f"{doing} ..."))
    if as_json:
        put(result)
    else:
        say(sum_up(result))


@bench.command()
def mailing(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV of a randomised mailing, one row a person; without one it is made up."
        ),
    ] = None,
    arm: Annotated[str, typer.Option(help="The column that says who was written to.")] = "segment",
    answer: Annotated[str, typer.Option(help="The column that says who answered.")] = "visit",
    drop: Annotated[
        list[str] | None,
        typer.Option(help="A column that came after the mailing; may be repeated."),
    ] = None,
    recency: Annotated[str | None, typer.Option(help="Months since the last purchase.")] = None,
    amount: Annotated[str | None, typer.Option(help="What purchases came to.")] = None,
    people: Annotated[int, typer.Option(min=100, help="How many made-up people.")] = 60_000,
    seed: Annotated[int, typer.Option(help="Who teaches and who is judged; which people.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Learn from half of a randomised mailing; say what its messages added in the better half of the others."""
    from app.lab.bench_mailing import judge_mailing, made_up_mailing, read_mailing  # noqa: PLC0415

    if file is None:
        given = made_up_mailing(seed, people)
    else:
        after = tuple(drop or ())
        given = read_mailing(
            file, arm=arm, answer=answer, drop=after, recency=recency, amount=amount
        )
    result = judge_mailing(given, seed=seed)
    if as_json:
        put(result)
    else:
        say(
            f"{result['people']:,} people, {result['learnt_from']:,} teach. A message adds {result['gain']:.2%} "
            f"({result['gain_foretold']:.2%} foretold): {result['gain_better_half']:.2%} in the half ranked higher, "
            f"{result['gain_worse_half']:.2%} in the other"
        )


@bench.command()
def year(
    contacts: Annotated[int, typer.Option(min=50, help="How many contacts.")] = 500,
    days: Annotated[int, typer.Option(min=2, help="How many daily runs.")] = 365,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let a made-up account run by itself for a year, approved once: what is written a day, and what ever waits."""
    from app.lab.bench_year import live_through  # noqa: PLC0415

    result = live_through(
        contacts, days, database_url=database_url, tell=lambda doing: say(f"{doing} ...")
    )
    if as_json:
        put(result)
    else:
        say(
            f"{result['written_a_day']:.1%} of {result['contacts']:,} contacts written a day, "
            f"{result['most_on_a_day']:.1%} at most, over {result['days']} days; "
            f"{len(result['days_that_waited'])} days waited for a person"
        )


@bench.command()
def loop(
    crm: Annotated[str, typer.Option(help="Which CRM is pretended.")] = DEFAULT_PROVIDER,
    days: Annotated[int, typer.Option(min=1, help="How many days pass.")] = 120,
    contacts: Annotated[
        int, typer.Option(min=300, help="How many contacts; seven in ten are dormant.")
    ] = 710,
    seed: Annotated[int | None, typer.Option(help="Which pretend people.")] = None,
    line: Annotated[str, typer.Option(help="The line of business.")] = "general",
    histories: Annotated[
        Path | None,
        typer.Option(help="Write what was decided, said and done about each, as JSON lines."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let an account live on for months after its first approval, with the product's processes as they run.

    Exit code 1 where answers, bookings, shows or sales are far from their odds, an answer did not become one task
    within a minute, somebody got a message after an answer, or anything stood still.
    """
    from app.lab.bench_loop import Trial, live_on  # noqa: PLC0415

    result = live_on(Trial(crm, days, contacts, seed, line, histories))
    if as_json:
        put(result)
    else:
        odds = ", ".join(
            f"{found['count']} {name} ({found['expected']:.0f} by the odds)"
            for name, found in result["odds"].items()
        )
        say(
            f"{result['dormant']:,} dormant, {result['people_touched']:,} of them touched {result['touches']:,} times "
            f"in {result['days']} days: {odds}; {result['written_a_day']:.1%} of the contacts written a day"
        )
        for wrong in result["wrong"]:
            say(f"  {wrong}")
    if result["wrong"]:
        raise typer.Exit(1)


@bench.command()
def gate(
    touches: Annotated[
        int, typer.Option(min=1, help="How many messages the gate lets through.")
    ] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Which made-up people.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Try the rule book on made-up messages: does one reach somebody against a wish, and how fast is it.

    Nights when clocks change, unknown time zones, wishes between planning and acting, merges, two schedulers.
    Exit code 1 where one does.
    """
    from app.lab.bench_gate import try_gate  # noqa: PLC0415  loads polars

    result = try_gate(touches, seed=seed, tell=_doing)
    if as_json:
        put(result)
    else:
        say(
            f"{result['touches']:,} messages, {result['against_a_wish']} against a wish; "
            f"{result['decisions']:,} decisions at {result['decisions_per_second']:,} a second, one by one at "
            f"{result['one_by_one_per_second']:,}, "
            f"{result['seconds']:.0f} s in all. Against anything else: {result['against']}"
        )
    if any(result["against"].values()):
        raise typer.Exit(1)


@bench.command()
def lift(
    runs: Annotated[int, typer.Option(min=2, help="Made-up programmes of each kind.")] = 200,
    seed: Annotated[int, typer.Option(help="Which made-up people.")] = 1,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Compare the reported lift with the true one of made-up programmes, some of which do nothing.

    Exit code 1 where the interval of 95 in 100 covers the truth in fewer than 92 or more than 98 of 100 programmes, or
    the arms differ by a tenth of a standard deviation before the start, on average.
    """
    from app.lab.bench_lift import try_lift  # noqa: PLC0415  loads polars

    result = try_lift(runs, seed=seed, database_url=database_url, tell=_doing)
    if as_json:
        put(result)
    else:
        for name, found in result["worlds"].items():
            say(
                f"{name}: {found['covered']:.1%} of {found['measured']} intervals cover the truth; lift "
                f"{found['reported_lift']:+.2%} reported, {found['true_lift']:+.2%} true; apart before the start by "
                f"{max(found['apart_before'].values()):.3f} standard deviations"
            )
    if not result["holds"]:
        raise typer.Exit(1)


@bench.command()
def choosing(
    seeds: Annotated[int, typer.Option(min=1, help="How many made-up worlds of each kind.")] = 20,
    first_seed: Annotated[int, typer.Option(help="Which worlds: the seed of the first.")] = 1,
    contacts: Annotated[
        list[int] | None, typer.Option(min=50, help="How many contacts; 500, 2,000 and 10,000.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let channel, hour and wording be learnt on made-up people, beside the playbook's plan and an oracle.

    Answers depend on them in seven ways, from not at all to only together, and come late. Exit code 1 where less is
    reached than has to be, or where the plan would have brought a point more.
    """
    from app.lab.bench_choosing import SIZES, try_choosing  # noqa: PLC0415  loads numpy

    worlds = range(first_seed, first_seed + seeds)
    result = try_choosing(sizes=contacts or SIZES, seeds=worlds, tell=_doing)
    if as_json:
        put(result)
    for row in () if as_json else result["kinds"]:
        say(
            f"{row['contacts']:,} contacts, {row['kind'].replace('_', ' ')}: {row['of_the_oracle']:.1%} of an "
            f"oracle's answers, the plan {row['plan_of_the_oracle']:.1%}"
        )
    for row in () if as_json else result["sizes"]:
        say(
            f"{row['contacts']:,} contacts: {row['of_the_oracle']:.1%} of an oracle's answers, at most "
            f"{max(row['most_behind_the_plan'], 0):.2f} points behind the plan in the worst kind"
        )
    if not result["holds"]:
        raise typer.Exit(1)
