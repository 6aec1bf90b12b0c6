"""Signed addresses: who may have a picture drawn is decided where the page is made, not where it is shown.

An address is ``/<door>/<signature>/<rest>``. The signature covers door and rest, so that neither the asset nor one option can be
changed; without it a stranger could ask for endless sizes (imgproxy and thumbor, which work this way, call it a denial of service).
It stands in the path, as viewers copy the query of an address, and the ending has to stay ``.glb`` or ``.usdz``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from arviz.core.errors import AccessError

_BYTES = 16
"""A forger would need 2^127 tries; imgproxy and Cloudinary cut their signatures as well."""


def signature(path: str, *, secret: bytes) -> str:
    """Return the signature of ``/<door>/<rest>``: the first 16 bytes of HMAC-SHA256 (RFC 2104), base64url without padding."""
    digest = hmac.new(secret, path.encode("utf-8"), hashlib.sha256).digest()[:_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def is_signed(path: str, given: str, *, secret: bytes) -> bool:
    """Return whether `given` is the signature of `path`, in a time that does not depend on where they differ."""
    return hmac.compare_digest(signature(path, secret=secret).encode(), given.encode("utf-8", "surrogatepass"))


def check_signature(path: str, given: str, *, secret: bytes) -> None:
    """Refuse an address that was changed, or made elsewhere.

    Raises
    ------
    AccessError
        ``E_SIGNATURE``
    """
    if not is_signed(path, given, secret=secret):
        raise AccessError(
            "E_SIGNATURE", "this address was not signed here", hint="Make addresses with `arviz sign`, or GET /v1/assets/{id}."
        )


def sign(path: str, *, secret: bytes) -> str:
    """Return ``/<door>/<signature>/<rest>`` for ``/<door>/<rest>``.

    >>> sign("/r/w=512/a.webp", secret=b"s")
    '/r/uN3zVpYsRaXVoiOHit4Khw/w=512/a.webp'
    """
    door, _, rest = path.removeprefix("/").partition("/")
    return f"/{door}/{signature(path, secret=secret)}/{rest}"
