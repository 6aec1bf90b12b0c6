"""The live objects that processes of the window own; each is loaded in its process only, while the window loads Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arviz.flows.furnishing import Furnishing
    from arviz.flows.long_tasks import LongTasks
    from arviz.flows.preview import Preview
    from arviz.flows.trying_on import TryingOn


def preview() -> Preview:
    """Make what draws products."""
    from arviz.flows.preview import Preview

    return Preview()


def furnishing() -> Furnishing:
    """Make what puts products into photos of rooms."""
    from arviz.flows.furnishing import Furnishing

    return Furnishing()


def long_tasks() -> LongTasks:
    """Make what checks products and draws turntables."""
    from arviz.flows.long_tasks import LongTasks

    return LongTasks()


def trying_on() -> TryingOn:
    """Make what tries recipes on."""
    from arviz.flows.trying_on import TryingOn

    return TryingOn()
