"""HubSpot's signatures against the vectors of its own tests, and everything that must be refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.hubspot import signature
from connector.port.signed import SignedRequest
from core.errors import Forbidden
from core.moments import from_millis, to_millis

SECRET = "12345678-aaaa-bbbb-cccc-ddddeeeeffff"
OTHER = "f6e94c08-85d0-4608-bcc6-e1850176e7b8"
THIRD = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
CARD = "https://hubspot.com/?appId=1&portalId=2&userId=3"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def request(
    method: str = "POST", url: str = "https://x.test/w", body: bytes = b"", **headers: str
) -> SignedRequest:
    return SignedRequest(method, url, {k.replace("_", "-"): v for k, v in headers.items()}, body)


@pytest.mark.parametrize(
    ("secret", "method", "url", "body", "timestamp", "expected"),
    [
        (OTHER, "POST", "https://www.hubspot.com/webhook", b"REQUEST_BODY", "1632188626483",
         "jf872r5vscVcxCiDRHA4rGrqe/8BPLNVkdJSHdMnGTU="),
        (OTHER, "POST", "https://www.hubspot.com/webhook", b"", "1632188626483",
         "csXgk7UbrE9F8ZmMvbpuKBxqIvTSqU1EX9pI/SJtxSE="),
        (SECRET, "GET", CARD, b"", "1111111111", "zTfXjo07jfzGouo4wvyAj3qEMUTVJ0PPYPACrluQtQI="),
        (SECRET, "GET", CARD, b'{"a":1,"b":2}', "1111111111",
         "aaknaCGCYJ4yqzuf1UKGqAWUfdcilJtm5nc/ZCudR9k="),
        (THIRD, "POST", "https://www.example.com/webhook_uri",
         b"{'example_field':'example_value'}", "1693657560000",
         "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
    ],
)  # fmt: skip
def test_published_vectors_of_v3(
    secret: str, method: str, url: str, body: bytes, timestamp: str, expected: str
) -> None:
    signed = request(
        method,
        url,
        body,
        x_hubspot_signature_v3=expected,
        x_hubspot_request_timestamp=timestamp,
    )
    assert signature.v3(secret, signed, timestamp) == expected
    signature.verify_v3(secret, signed, now=from_millis(int(timestamp)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "99080134002180aee8d0884d21ad51288c43b57e9953e4db1e3757999b35c392"),
        (b'{"a":1,"b":2}', "bc131b34cd63dafbbd2e969e87167311f5f6c0cd543c90fe84c73496093cf4a2"),
    ],
)
def test_published_vectors_of_v2(body: bytes, expected: str) -> None:
    assert signature.v2(SECRET, request("GET", CARD, body)) == expected


def signed_at(at: datetime, **changes: str) -> SignedRequest:
    timestamp = str(to_millis(at))
    plain = request(body=b"[]")
    headers = {
        "x-hubspot-signature-v3": signature.v3(SECRET, plain, timestamp),
        "x-hubspot-request-timestamp": timestamp,
        **changes,
    }
    return SignedRequest(plain.method, plain.url, headers, plain.body)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 60])
def test_a_fresh_signature_is_accepted(seconds: float) -> None:
    signature.verify_v3(SECRET, signed_at(NOW + timedelta(seconds=seconds)), now=NOW)


@pytest.mark.parametrize("seconds", [-300.001, -86_400, 60.001, 86_400, 10**9])
def test_a_stale_or_future_one_is_refused(seconds: float) -> None:
    with pytest.raises(Forbidden, match="too old or from the future"):
        signature.verify_v3(SECRET, signed_at(NOW + timedelta(seconds=seconds)), now=NOW)


@pytest.mark.parametrize(
    "timestamp",
    ["", " ", "abc", "-1", "1.5", "1e12", "0x10", "²²²²²²²²²²²²", "٣٣٣", "9" * 15, "9" * 400, "0"],
)
def test_a_strange_timestamp_is_refused_and_does_not_fail(timestamp: str) -> None:
    with pytest.raises(Forbidden):
        signature.verify_v3(
            SECRET, signed_at(NOW, **{"x-hubspot-request-timestamp": timestamp}), now=NOW
        )


@pytest.mark.parametrize("given_text", ["", "x", "é", "ÿþ", "=" * 10_000, "\x00"])
def test_a_strange_signature_is_refused_and_does_not_fail(given_text: str) -> None:
    with pytest.raises(Forbidden):
        signature.verify_v3(
            SECRET, signed_at(NOW, **{"x-hubspot-signature-v3": given_text}), now=NOW
        )


def test_an_older_kind_of_signature_alone_is_refused() -> None:
    with pytest.raises(Forbidden, match="not signed"):
        signature.verify_v3(SECRET, request(x_hubspot_signature="00"), now=NOW)


def test_nothing_may_be_changed_after_signing() -> None:
    good = signed_at(NOW)
    for changed in (
        SignedRequest("PUT", good.url, good.headers, good.body),
        SignedRequest(good.method, good.url + "?a=1", good.headers, good.body),
        SignedRequest(good.method, good.url, good.headers, good.body + b" "),
    ):
        with pytest.raises(Forbidden, match="does not match"):
            signature.verify_v3(SECRET, changed, now=NOW)
    with pytest.raises(Forbidden, match="does not match"):
        signature.verify_v3(OTHER, good, now=NOW)


@pytest.mark.parametrize(
    ("encoded", "plain"),
    [
        ("%3a%3A", "::"), ("%2F", "/"), ("%3F", "?"), ("%40", "@"), ("%21", "!"), ("%24", "$"),
        ("%27", "'"), ("%28", "("), ("%29", ")"), ("%2a", "*"), ("%2C", ","), ("%3b", ";"),
        ("%20%2B%3D%26%25", "%20%2B%3D%26%25"),
    ],
)  # fmt: skip
def test_only_some_characters_are_decoded_before_signing(encoded: str, plain: str) -> None:
    def of(text: str) -> str:
        return signature.v3(SECRET, request(url=f"https://x.test/?q={text}"), "1")

    assert of(encoded) == of(plain)
    assert of("%2B") != of("+")
    # v2 takes the address as it stands.
    two = signature.v2(SECRET, request(url="https://x.test/?q=%40"))
    assert two != signature.v2(SECRET, request(url="https://x.test/?q=@"))


@given(body=st.binary(max_size=200), url=st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_body_and_address_can_be_signed_and_checked(body: bytes, url: str) -> None:
    timestamp = str(to_millis(NOW))
    plain = request(url=url, body=body)
    signed = request(
        url=url,
        body=body,
        x_hubspot_signature_v3=signature.v3(SECRET, plain, timestamp),
        x_hubspot_request_timestamp=timestamp,
    )
    signature.verify_v3(SECRET, signed, now=NOW)
