"""Addresses that are handed out: checked and signed."""

from __future__ import annotations

import re
import time
from dataclasses import replace

from arviz.core.errors import InputError
from arviz.service.picture_address import parse
from arviz.service.signing import sign

_FILE = re.compile(r"/a/[a-z2-7]{26}\.(glb|usdz)")


def signed_address(path: str, *, secret: bytes, seconds: int | None = None) -> str:
    """Return the signed form of ``/r/<options>/<asset>.<ending>`` or ``/a/<asset>.<glb|usdz>``.

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
