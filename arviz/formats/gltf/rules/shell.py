"""The outer shell: GLB chunks and JSON text (glTF 2.0 section 4, RFC 8259); unlike `container`, faults are findings."""

from __future__ import annotations

import json
import struct
from typing import Any, NoReturn

from arviz.core.json_document import count_values, too_deep
from arviz.core.limits import Limits
from arviz.formats.gltf.rules.issues import Issues

_JSON, _BIN = 0x4E4F534A, 0x004E4942
_MOST_CHUNKS = 1000


def is_glb(data: bytes, name: str) -> bool:
    """Return whether `data` is meant as GLB: by its first letter, or by the file's extension."""
    return data[:1] == b"g" or name.lower().endswith(".glb")


def split_glb(data: bytes, issues: Issues) -> tuple[bytes | None, bytes | None]:
    """Return the JSON text and the binary chunk of a GLB, as far as they are there."""
    if len(data) < 12:
        issues.add("GLB_UNEXPECTED_END_OF_HEADER", f"@{len(data)}", f"{len(data)} bytes")
        return None, None
    magic, version, length = struct.unpack_from("<4sII", data)
    if magic != b"glTF":
        issues.add("GLB_INVALID_MAGIC", "@0", repr(magic))
        return None, None
    if version != 2:
        issues.add("GLB_INVALID_VERSION", "@4", version)
        return None, None
    if length <= 12:
        issues.add("GLB_LENGTH_TOO_SMALL", "@8", length)
    return _chunks(data, length, issues)


def _chunks(data: bytes, total: int, issues: Issues) -> tuple[bytes | None, bytes | None]:
    found: dict[int, bytes] = {}
    seen: set[int] = set()
    offset = 12
    for number in range(_MOST_CHUNKS):
        if offset == len(data):
            if offset != total:
                issues.add("GLB_LENGTH_MISMATCH", f"@{offset}", f"{total}, has {offset}")
            break
        if offset == total:
            issues.add("GLB_EXTRA_DATA", f"@{offset}", f"{len(data) - offset} bytes")
            break
        if len(data) - offset < 8:
            issues.add("GLB_UNEXPECTED_END_OF_CHUNK_HEADER", f"@{len(data)}")
            break
        size, kind = struct.unpack_from("<II", data, offset)
        _check_chunk(size, kind, number, offset, total, seen, issues)
        if offset + 8 + size > len(data):
            issues.add("GLB_UNEXPECTED_END_OF_CHUNK_DATA", f"@{len(data)}", f"{len(data) - offset - 8} of {size} bytes")
            break
        if kind not in seen:
            found[kind] = data[offset + 8 : offset + 8 + size]
        seen.add(kind)
        offset += 8 + size
    text = found.get(_JSON)
    return (text or None), found.get(_BIN)


def _check_chunk(size: int, kind: int, number: int, offset: int, total: int, seen: set[int], issues: Issues) -> None:
    where, name = f"@{offset}", f"0x{kind:08x}"
    if size % 4:
        issues.add("GLB_CHUNK_LENGTH_UNALIGNED", where, f"{name}, {size} bytes")
    if offset + 8 + size > total:
        issues.add("GLB_CHUNK_TOO_BIG", where, f"{name}, {size} bytes")
    if number == 0 and kind != _JSON:
        issues.add("GLB_UNEXPECTED_FIRST_CHUNK", where, name)
    if kind == _BIN and number > 1 and kind not in seen:
        issues.add("GLB_UNEXPECTED_BIN_CHUNK", where)
    if kind not in (_JSON, _BIN):
        issues.add("GLB_UNKNOWN_CHUNK_TYPE", where, name)
        return
    if size == 0:
        issues.add("GLB_EMPTY_CHUNK" if kind == _JSON else "GLB_EMPTY_BIN_CHUNK", where)
    if kind in seen:
        issues.add("GLB_DUPLICATE_CHUNK", where, name)


def parse_json(data: bytes, limits: Limits, issues: Issues) -> dict[str, Any] | None:
    """Return the JSON object, or None with the fault noted: not JSON, too long, too deep, not an object."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    if len(data) > limits.json_bytes:
        issues.add("E_LIMIT_JSON_BYTES", "", f"{len(data):,} bytes, at most {limits.json_bytes:,}")
        return None
    if (values := count_values(data)) > limits.json_values:
        issues.add("E_LIMIT_JSON_VALUES", "", f"{values:,}, at most {limits.json_values:,}")
        return None
    if data.startswith(b"\xef\xbb\xbf"):
        issues.add("INVALID_JSON", "", "a byte order mark at the beginning")
        data = data[3:]
    try:
        document = json.loads(data.decode("utf-8"), parse_constant=refuse)
    except RecursionError:
        issues.add("E_LIMIT_JSON_DEPTH", "", f"at most {limits.json_depth} levels")
        return None
    except ValueError as error:
        issues.add("INVALID_JSON", "", error)
        return None
    if not isinstance(document, dict):
        issues.add("TYPE_MISMATCH", "", "an object is needed")
        return None
    if too_deep(document, limits.json_depth):
        issues.add("E_LIMIT_JSON_DEPTH", "", f"at most {limits.json_depth} levels")
        return None
    return document
