"""What is trusted of a CRM's certificates, read once in a process: every client would read it anew."""

import ssl
from functools import lru_cache

import httpx2


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """The certificate authorities that httpx trusts by default, SSL_CERT_FILE and SSL_CERT_DIR included."""
    return httpx2.create_ssl_context()
