"""EBML, the binary XML of Matroska and WebM (RFC 8794): an element is an identifier, a size and content."""

from __future__ import annotations

import struct


def element(identifier: int, content: bytes) -> bytes:
    """Return one element whose size is known."""
    return _identifier(identifier) + _size(len(content)) + content


def integer(identifier: int, value: int, *, bytes_wide: int | None = None) -> bytes:
    """Return an element that holds an unsigned integer."""
    width = bytes_wide or max((value.bit_length() + 7) // 8, 1)
    return element(identifier, value.to_bytes(width, "big"))


def number(identifier: int, value: float) -> bytes:
    """Return an element that holds a 64-bit float."""
    return element(identifier, struct.pack(">d", value))


def text(identifier: int, value: str) -> bytes:
    """Return an element that holds a string."""
    return element(identifier, value.encode())


def open_element(identifier: int, size: int = 2**56 - 1) -> bytes:
    """Return the head of an element with an 8-byte size, to be written again when the size is known."""
    return _identifier(identifier) + (size | 1 << 56).to_bytes(8, "big")


def void(size: int) -> bytes:
    """Return an element of `size` bytes (9 or more) that readers skip."""
    return open_element(0xEC, size - 9) + bytes(size - 9)


def _identifier(identifier: int) -> bytes:
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")


def _size(size: int) -> bytes:
    width = next(width for width in range(1, 9) if size < 2 ** (7 * width) - 1)
    return (size | 1 << 7 * width).to_bytes(width, "big")
