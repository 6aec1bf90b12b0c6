"""Addresses that are handed out: checked and signed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import replace

from arviz.core.errors import InputError
from arviz.flows.targets import TARGETS
from arviz.service.picture_address import parse
from arviz.service.signing import sign

_STEMS = "|".join(map(re.escape, (*TARGETS, "hulls")))
_FILE = re.compile(rf"/a/[a-z2-7]{{26}}\.(usdz|(({_STEMS})\.)?(lod\d\.)?glb)")


def model_endings(files: Iterable[str]) -> dict[str, str]:
    """Return how the addresses of an asset's model files end: ``glb``, ``usdz``, ``web.glb``, ``web.lod1.glb``, by what the file is."""
    return {file: file if file in ("glb", "usdz") else f"{file}.glb" for file in files if file not in ("poster", "preview")}


def signed_address(path: str, *, secret: bytes, seconds: int | None = None) -> str:
    """Return the signed form of ``/r/<options>/<asset>.<ending>`` or ``/a/<asset>.<glb|usdz|web.glb|...>``.

    Parameters
    ----------
    seconds : int, optional
        How long a picture's address holds.

    Raises
    ------
    InputError, LimitError
        ``E_ADDRESS``, or what `parse` says about a picture.
    """
    words = path.split("/")
    if len(words) == 4 and words[:2] == ["", "r"]:
        wanted = parse(words[2], words[3])
        return sign(replace(wanted, until=int(time.time()) + seconds if seconds else wanted.until).path(), secret=secret)
    if not _FILE.fullmatch(path) or seconds:
        raise InputError(
            "E_ADDRESS", "this cannot be signed", expected="/r/OPTIONS/ASSET.webp, or /a/ASSET.glb without an end", found=path[:100]
        )
    return sign(path, secret=secret)
