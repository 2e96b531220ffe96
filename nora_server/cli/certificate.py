"""Checks the TLS certificate and key as clients will see them."""

from __future__ import annotations

import contextlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nora_server.cli.finding import Trouble
from nora_server.settings import ServerSettings

_WARN_BEFORE_END = timedelta(days=14)


def check_tls(settings: ServerSettings) -> str:
    """Say until when the certificate is good, or who ends TLS.

    Raises
    ------
    Trouble
        If certificate and key do not fit, cannot be read, or end soon.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        proxies = ", ".join(settings.trusted_proxies)
        return f"ended by {proxies}" if proxies else "none: this machine only"
    try:
        ends = _end_of(certificate, key)
    except ssl.SSLCertVerificationError as error:
        raise Trouble(
            f"{certificate}: {error.verify_message}", "renew the certificate"
        ) from error
    except (ssl.SSLError, OSError) as error:
        raise Trouble(
            f"{certificate} and {key} cannot be used: {error}",
            "name a PEM certificate and the key that belongs to it, both readable",
        ) from error
    if ends - datetime.now(UTC) < _WARN_BEFORE_END:
        raise Trouble(f"{certificate} ends on {ends:%Y-%m-%d}", "renew the certificate")
    return f"{certificate}, until {ends:%Y-%m-%d}"


def _end_of(certificate: Path, key: Path) -> datetime:
    """Shake hands with ourselves, in memory, and read the certificate shown."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)
    client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_side.check_hostname = False
    client_side.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client_side.load_verify_locations(certificate)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(there, back, server_side=True)
    client = client_side.wrap_bio(back, there)
    for _ in range(3):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    shown = client.getpeercert() or {}
    seconds = ssl.cert_time_to_seconds(str(shown["notAfter"]))
    return datetime.fromtimestamp(seconds, UTC)
