"""URIs in a glTF file: data URIs decoded (RFC 2397), others recognised as relative or not (glTF 2.0 section 2.8)."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes, urlsplit

from arviz.formats.gltf.rules.issues import Issues

_DATA_URI = re.compile(r"data:([^,]*),(.*)", re.IGNORECASE | re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check_data_uri(uri: str) -> tuple[str, bytes] | None:
    """Return (media type, content) of a data URI, or None if it is none or broken."""
    match = _DATA_URI.fullmatch(uri)
    if match is None:
        return None
    head, body = match.groups()
    media, *rest = head.split(";")
    if not all(part.strip() for part in rest):
        return None
    if not (rest and rest[-1].strip().lower() == "base64"):
        return (media.strip().lower() or "text/plain", unquote_to_bytes(body))
    body = body.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")
    if not _BASE64.fullmatch(body) or len(body.rstrip("=")) % 4 == 1:
        return None
    try:
        return (media.strip().lower() or "text/plain", base64.b64decode(body.translate(str.maketrans("-_", "+/")) + "=="))
    except (binascii.Error, ValueError):
        return None


def check_relative(issues: Issues, uri: str, where: str) -> str | None:
    """Return `uri` if it can be read as a file's name; note what is wrong with it."""
    if uri[:5].lower() == "data:":
        issues.add("INVALID_URI", where, "a broken data URI")
        return None
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        issues.add("INVALID_URI", where, error)
        return None
    if uri.startswith(":") or _ESCAPE.search(uri):
        issues.add("INVALID_URI", where, uri)
        return None
    if parts.scheme or parts.netloc or parts.path.startswith("/") or parts.query or parts.fragment:
        issues.add("NON_RELATIVE_URI", where, uri)
    return uri
