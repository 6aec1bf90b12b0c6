"""What a renderer draws and what it returns: `Item`, `Lighting`, `Scene`, `Layer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.image import Image

Role = Literal["visible", "occluder"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Item:
    """An asset with its pose and its role; an occluder hides what is behind it and is not seen itself.

    `world_from_asset` is (4, 4) float64; `variant` is a name from `Asset.variants`, None for the default look.
    """

    asset: Asset
    world_from_asset: Array | None = None
    role: Role = "visible"
    variant: str | None = None

    def __post_init__(self) -> None:
        pose = np.eye(4) if self.world_from_asset is None else self.world_from_asset
        pose = readonly(pose, np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise ValueError("a pose is a finite (4, 4) matrix")
        set_fields(self, world_from_asset=pose)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lighting:
    """Light from all around: an equirectangular picture, linear Rec.709, with its turn about +Y and its strength.

    **Convention** column u of the picture holds direction ``atan2(z, x) = 2 pi (u - 1/2)``, row v the angle
    ``acos(y) = pi v`` (u, v in 0..1 from the upper left); `rotation_rad` turns the light counter-clockwise seen
    from above.
    """

    environment: Image
    rotation_rad: float = 0.0
    intensity: float = 1.0

    def __post_init__(self) -> None:
        if self.environment.space != "linear" or self.environment.pixels.shape[2] != 3:
            raise ValueError(f"an environment is linear RGB, found {self.environment!r}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scene:
    """Items and the light that falls on them."""

    items: tuple[Item, ...]
    lighting: Lighting

    def __post_init__(self) -> None:
        set_fields(self, items=tuple(self.items))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Layer:
    """A rendered picture that waits to be composited.

    Parameters
    ----------
    colour : ndarray (H, W, 4) float32
        Linear Rec.709, display-referred (after exposure and tone map, before sRGB encoding), premultiplied.
    depth_m : ndarray (H, W) float32 or None
        Distance along the camera's z axis at the pixel centre, +inf where nothing is.
    """

    colour: Array
    depth_m: Array | None = None

    def __post_init__(self) -> None:
        colour = readonly(self.colour, np.float32)
        if colour.ndim != 3 or colour.shape[2] != 4:
            raise ValueError(f"a layer's colour is (H, W, 4), found {colour.shape}")
        depth = self.depth_m
        if depth is not None:
            depth = readonly(depth, np.float32)
            if depth.shape != colour.shape[:2]:
                raise ValueError(f"depth is {depth.shape}, colour {colour.shape[:2]}")
        set_fields(self, colour=colour, depth_m=depth)
