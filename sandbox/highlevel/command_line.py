"""HighLevel's arguments on the sandbox's command line."""

from argparse import ArgumentParser, Namespace

from sandbox.highlevel.config import HighLevelOptions


def add_arguments(parser: ArgumentParser) -> None:
    """How many people there are."""
    parser.add_argument_group("HighLevel").add_argument(
        "--highlevel-contacts",
        type=int,
        default=HighLevelOptions().contacts,
        help="people in the first location; 0 leaves all locations empty",
    )


def read_options(given: Namespace) -> HighLevelOptions:
    """HighLevel's options as the command line gives them."""
    return HighLevelOptions(contacts=given.highlevel_contacts)
