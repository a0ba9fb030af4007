"""Runs Meltano's tap-hubspot as it is, with HubSpot's host replaced; lives in the tap's own environment.

usage: tap_driver.py ADDRESS TAP-ARGUMENTS
"""

import sys

import requests
from tap_hubspot.tap import TapHubspot

HOST = "https://api.hubapi.com"


def lead_to(address: str) -> None:
    """Send what is meant for HubSpot's host to the address instead; nothing else is changed."""
    send = requests.Session.send

    def elsewhere(
        session: requests.Session, request: requests.PreparedRequest, **more: object
    ) -> requests.Response:
        request.url = (request.url or "").replace(HOST, address, 1)
        return send(session, request, **more)

    requests.Session.send = elsewhere  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    lead_to(sys.argv.pop(1))
    TapHubspot.cli()
