"""`rekindle bench returns`: who comes back by themselves, foretold of pretend people whose truth is known."""

from typing import Annotated

import typer

from app.cli.output import AsJson, put, say


def returns(
    family: Annotated[
        list[str] | None, typer.Option(help="Which pretend people; all families by default.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds of each.")] = 1,
    first_seed: Annotated[int, typer.Option(help="The first of them.")] = 1,
    contacts: Annotated[
        int | None, typer.Option(min=200, help="How many people; the family's own by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Foretell who comes back by themselves of pretend people whose truth is known, at rolling moments.

    Exit code 1 where the log-loss is more than 3 % above the best of five other methods, where levels are off, or where
    a campaign's answers pass for people who came by themselves.
    """
    from app.lab.bench_returns import FAMILIES, try_returns  # noqa: PLC0415  loads polars

    result = try_returns(
        families=tuple(family or FAMILIES),
        seeds=range(first_seed, first_seed + seeds),
        people=contacts,
        tell=lambda doing: say(f"{doing} ..."),
    )
    if as_json:
        put(result)
    for row in () if as_json else result["rows"]:
        who = f"{row['family']}, seed {row['seed']}, {row['horizon']} days"
        if "truth" in row:
            say(f"{who}: {row['untouched']:.1%} foretold untouched, {row['truth']:.1%} in truth")
            continue
        say(
            f"{who}: log-loss {row['log_loss']:.4f}, {row['regret']:+.1%} to {row['best_other']}; calibration error "
            f"{row['calibration_error']:.3f}; {min(row['foretold_for_each']):.2f} to "
            f"{max(row['foretold_for_each']):.2f} foretold for each that came"
        )
    if not result["holds"]:
        raise typer.Exit(1)
