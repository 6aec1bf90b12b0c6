"""The outer shell of glTF: GLB chunks, guarded JSON, buffers (glTF 2.0 sections 3.6 and 4)."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from typing import Any
from urllib.parse import unquote_to_bytes

from arviz.core.errors import FormatError
from arviz.core.json_document import parse_json
from arviz.core.limits import Limits
from arviz.formats.files import Files

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942


def split(data: bytes, files: Files) -> tuple[dict[str, Any], memoryview | None]:
    """Return the JSON document and the binary chunk (None if there is none, nothing is copied) of GLB or glTF bytes."""
    if data[:4] != b"glTF":
        return load_json(data, files.name, files.limits), None
    if len(data) < 20:
        raise _truncated(files.name, 20, len(data))
    _, version, length = struct.unpack_from("<III", data)
    if version != 2:
        raise FormatError("E_GLTF_VERSION", "this glTF version is not read", where=files.name, expected=2, found=version)
    if length > len(data):
        raise _truncated(files.name, length, len(data))
    chunks, offset = [], 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        if offset + 8 + size > length:
            raise _truncated(f"{files.name}, chunk at byte {offset}", size, length - offset - 8)
        chunks.append((kind, memoryview(data)[offset + 8 : offset + 8 + size]))
        offset += 8 + size
    if not chunks or chunks[0][0] != _JSON:
        raise FormatError("E_GLB_CHUNK", "the first chunk is not JSON", where=files.name, hint="Export the GLB again.")
    binary = chunks[1][1] if len(chunks) > 1 and chunks[1][0] == _BIN else None
    return load_json(bytes(chunks[0][1]), files.name, files.limits), binary


def join(document: dict[str, Any], binary: bytes) -> bytes:
    """Return GLB bytes: header, JSON padded with spaces, binary chunk padded with zeros (left out if empty)."""
    text = _encoded(document)
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), _JSON) + text
    if binary:
        padding = b"\0" * (-len(binary) % 4)
        chunks += struct.pack("<II", len(binary) + len(padding), _BIN) + binary + padding
    return struct.pack("<III", _MAGIC, 2, 12 + len(chunks)) + chunks


def _encoded(document: dict[str, Any]) -> bytes:
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:  # a lone surrogate, legal in JSON only as an escape
        return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def load_json(data: bytes, where: str, limits: Limits) -> dict[str, Any]:
    """Parse a JSON object, guarded in size and depth; NaN and Infinity are refused (RFC 8259)."""
    return parse_json(data.rstrip(b"\0"), where=where, refuse=_no_json, limits=limits, unique=False)


def _no_json(where: object, expected: str, found: str) -> FormatError:
    return FormatError("E_JSON", "the JSON cannot be used", where=where, expected=expected, found=found, hint="Export the file again.")


def _truncated(where: str, expected: int, found: int) -> FormatError:
    return FormatError(
        "E_TRUNCATED",
        "the file is cut off",
        where=where,
        expected=f"{expected:,} bytes",
        found=f"{found:,}",
        hint="Download or export it again.",
    )


def resolve_uri(uri: str, files: Files, where: str) -> bytes | None:
    """Return what a glTF ``uri`` names: a data URI decoded, or a file beside the input; None if it is missing."""
    if not uri.startswith("data:"):
        return files.read(uri)
    head, comma, body = uri.partition(",")
    if not comma:
        raise FormatError("E_DATA_URI", "a data URI has no comma", where=where, found=repr(uri[:40]))
    files.limits.check("file_bytes", len(body), where=where)
    try:
        return base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise FormatError("E_DATA_URI", "a data URI is not valid base64", where=where, found=str(error)) from error
