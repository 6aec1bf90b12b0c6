"""Options that say for what a product is made, the same for one product and for a catalogue."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from arviz.flows.optimise.settings import EFFORTS
from arviz.flows.targets import TARGET_NAMES, TEXTURE_WISHES, Delivery
from arviz.formats.gltf.encoding import GEOMETRIES
from arviz.ops.lods import MOST_LEVELS


def delivered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a `Delivery`: ``--target``, ``--geometry``, ``--textures``, ``--lods`` ...

    The command gets them as one `arviz.flows.targets.Delivery`: ``delivery``.
    """

    @click.option("--deflection", "deflection_mm", type=float, metavar="MM", help="STEP: how far triangles may lie off. Default: 0.1.")
    @click.option("--hulls", is_flag=True, help="Write convex hulls too, for physics.")
    @click.option("--lods", type=click.IntRange(0, MOST_LEVELS), default=0, metavar="N", help="Up to N simpler levels beside each GLB.")
    @click.option("--target", "targets", metavar="TARGET", multiple=True, help=f"Where it is shown; repeatable: {', '.join(TARGET_NAMES)}.")
    @click.option("--geometry", type=click.Choice(GEOMETRIES), help="How vertices are compressed. Default: as the target wants.")
    @click.option("--textures", type=click.Choice(TEXTURE_WISHES), default="auto", show_default=True, help="Format of pictures.")
    @click.option("--max-mb", type=click.FloatRange(0, min_open=True), metavar="MB", help="Largest file of a target, in megabytes (10^6).")
    @click.option("--max-triangles", type=click.IntRange(1), metavar="N", help="Most triangles of a target.")
    @click.option("--quality", type=click.FloatRange(20, 60), metavar="DB", help="Least quality in pictures, in dB. Default: near 42.")
    @click.option("--effort", type=click.Choice(EFFORTS), default="normal", show_default=True, help="fast draws nothing; max is slow.")
    @functools.wraps(function)
    def command(*, targets: tuple[str, ...], **others: Any) -> Any:
        wishes = {field.name: others.pop(field.name) for field in fields(Delivery) if field.name in others}
        if targets:
            wishes["targets"] = targets
        return function(delivery=Delivery(**wishes), **others)

    return command
