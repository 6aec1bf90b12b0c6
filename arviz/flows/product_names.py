"""Names of products as names of folders: usable on any of the usual systems, and apart on disks that know no case."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_NAMES = '/\\:*?"<>|'
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{i}" for port in ("COM", "LPT") for i in "123456789¹²³")}
"""Names that Windows keeps for devices, with any extension (Microsoft, "Naming Files, Paths, and Namespaces")."""
_MOST_BYTES = 120
"""Of a folder's name: file systems allow 255, and the longest of the endings of its files, and what marks an unfinished one, come to it."""


def name_fault(name: str) -> str:
    """Return what keeps `name` from being a folder's name on any of the usual systems; empty if nothing does."""
    if not name.strip("."):
        return "it is empty" if not name else "it is made of dots"
    bad = next((c for c in name if not _fits(c)), None)
    if bad is not None:
        return f"it holds {bad!r}"
    if name.endswith("."):
        return "it ends with a dot"
    if name.partition(".")[0].strip().upper() in _DEVICES:
        return "Windows keeps it for a device"
    return ""


def folder_name(text: str) -> str:
    """Return the folder's name that comes nearest to `text`; different texts may get the same one.

    **Convention** ``folder_name("A/12 B.")`` is ``"A-12 B"``; nothing usable gives ``"product"``.
    """
    kept = "".join(c if _fits(c) else "-" for c in unicodedata.normalize("NFC", text))
    kept = re.sub(r"^[\s.]+|[\s.]+$", "", kept.encode(errors="ignore")[:_MOST_BYTES].decode(errors="ignore"))
    if not kept:
        return "product"
    return f"product-{kept}" if name_fault(kept) else kept  # a device of Windows


def same_folder(name: str) -> str:
    """Return what two names share if a disk that knows no case takes them for one."""
    return unicodedata.normalize("NFC", name).casefold()


def _fits(character: str) -> bool:
    return character not in _NOT_IN_NAMES and unicodedata.category(character) != "Cc"
