"""What is trusted of others' certificates, read once in a process: every client would read it anew."""

import ssl
from functools import lru_cache

import httpx2 as httpx


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """The certificate authorities that httpx trusts by default."""
    return httpx.create_ssl_context()
