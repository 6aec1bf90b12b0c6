"""``report.html`` of a catalogue: every product with its picture, found by state, target, finding, tag or words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def catalogue_report(manifest: Mapping[str, Any], *, thumbnails: Mapping[int, str | None]) -> bytes:
    """Return the page as UTF-8 HTML."""
    return b""
