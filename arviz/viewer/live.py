"""The live objects that processes of the window own; each is loaded in its process only, while the window loads Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arviz.flows.preview import Preview


def preview() -> Preview:
    """Make what draws products."""
    from arviz.flows.preview import Preview

    return Preview()
