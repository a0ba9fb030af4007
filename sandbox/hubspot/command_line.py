"""HubSpot's arguments on the sandbox's command line."""

import os
from argparse import ArgumentParser, Namespace

from sandbox.hubspot.config import HubSpotCredentials, HubSpotOptions

_APP = HubSpotCredentials()
_SECRET_VARIABLE = "SANDBOX_HUBSPOT_CLIENT_SECRET"  # noqa: S105 - a name, not a secret


def add_arguments(parser: ArgumentParser) -> None:
    """How the registered app proves itself."""
    own = parser.add_argument_group("HubSpot")
    own.add_argument("--client-id", default="", help="the app's client id")
    own.add_argument(
        "--client-secret",
        default="",
        help=f"the app's client secret; better given as {_SECRET_VARIABLE}",
    )
    own.add_argument("--app-id", type=int, default=_APP.app_id, help="the app's number")


def read_options(given: Namespace) -> HubSpotOptions:
    """HubSpot's options as the command line gives them."""
    secret = given.client_secret or os.environ.get(_SECRET_VARIABLE)
    credentials = HubSpotCredentials(
        given.client_id or _APP.client_id, secret or _APP.client_secret, given.app_id
    )
    return HubSpotOptions(credentials=credentials)
