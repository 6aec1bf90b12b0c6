"""Journey: a product file becomes a GLB with the normals and occlusion of a fine one painted on it."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any, Unpack

from arviz.core.asset import Asset
from arviz.core.report import Report
from arviz.flows.step import Stated, read_solid, step
from arviz.ops.bake import RAYS, SIZE_PX, Map, bake

SCHEMA = "arviz.bake/1"
_FACTS = ("triangles", "vertices")


def bake_file(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    fine: str | PathLike[str] | None = None,
    maps: Sequence[Map] | None = None,
    size_px: int = SIZE_PX,
    texcoord: int = 0,
    rays: int = RAYS,
    reach_m: float | None = None,
    force: bool = False,
    **stated: Unpack[Stated],
) -> dict[str, Any]:
    """Write a product with the normals and occlusion of a fine one painted on it and return what was painted.

    `source`, `out`, `force`, `stated` and errors as `arviz.flows.step.step`; `fine` is a file in the same unit and place, the rest as
    `arviz.ops.bake.bake`.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        detailed = None if fine is None else read_solid(fine, **stated)
        done = bake(asset, source=detailed, maps=maps, size_px=size_px, texcoord=texcoord, rays=rays, reach_m=reach_m)
        return done.asset, done.report

    return step(SCHEMA, source, made, out=out, force=force, facts=_FACTS, **stated)
