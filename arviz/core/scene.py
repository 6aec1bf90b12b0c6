"""What a renderer draws and what it returns: `Item`, `Sun`, `Lighting`, `Scene`, `Layer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array, readonly, set_fields, vector
from arviz.core.image import Image

Role = Literal["visible", "occluder", "shadow_catcher"]


class ShadowMap(NamedTuple):
    """How much of the light from all around is hidden on a part of a plane."""

    low_m: tuple[float, ...]
    """(2,) corner of the part, in the plane's own axes (`arviz.render.sky_shadow.plane_of`)."""
    high_m: tuple[float, ...]
    share: Array
    """(H, W) float32, 0 to 1; row 0 at the least second coordinate."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Item:
    """An asset with its pose and its role.

    Parameters
    ----------
    world_from_asset : ndarray (4, 4) float64
    role : str
        ``visible``; ``occluder``: hides what is behind it and is not seen itself; ``shadow_catcher``: shows only the
        shadow that falls on its front, as black with alpha; hides nothing, casts nothing and has no depth.
    variant : str or None
        A name from `Asset.variants`, None for the default look.
    animation, time_s : str, int or None, and float
        Name or index of an animation of the asset, and the moment of it that is shown; None for the pose at rest.
    sky_shadow : tuple of ShadowMap, or None
        Of a shadow catcher: what is known before of the shadow on it, by the scene's light and products, coarse map first
        (`arviz.render.sky_shadow.known_shadow`). None, and engines that do not look at it: found for each picture.
    """

    asset: Asset
    world_from_asset: Array | None = None
    role: Role = "visible"
    variant: str | None = None
    animation: str | int | None = None
    time_s: float = 0.0
    sky_shadow: tuple[ShadowMap, ...] | None = None

    def __post_init__(self) -> None:
        pose = np.eye(4) if self.world_from_asset is None else self.world_from_asset
        pose = readonly(pose, np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise ValueError("a pose is a finite (4, 4) matrix")
        set_fields(self, world_from_asset=pose)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sun:
    """One distant light whose shadows are seen: the sun, or the brightest window of a room.

    Parameters
    ----------
    to_light : (3,) float
        Unit vector in the world from the scene to the light.
    irradiance : (3,) float
        Linear Rec.709, what arrives on a surface that faces the light; a white matte one then shows irradiance / pi, in
        the unit of `Lighting.environment`.
    angular_radius_rad : float
        Half the angle under which the light is seen: 0.00465 for the sun, a softer shadow for a larger one.
    """

    to_light: tuple[float, ...]
    irradiance: tuple[float, ...] = (3.0, 3.0, 3.0)
    angular_radius_rad: float = 0.00465

    def __post_init__(self) -> None:
        direction = np.asarray(vector(self.to_light, 3))
        length = float(np.linalg.norm(direction))
        if not np.isfinite(length) or length <= 0:
            raise ValueError("the direction to the sun is a finite vector that is not zero")
        if not 0 <= self.angular_radius_rad < np.pi / 2:
            raise ValueError("the sun's angular radius is 0 to pi / 2")
        set_fields(self, to_light=tuple((direction / length).tolist()), irradiance=vector(self.irradiance, 3))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lighting:
    """Light from all around: an equirectangular picture, linear Rec.709, with its turn about +Y and its strength.

    `sun` comes on top of the picture (take it out of the picture first, where it is in there), is not turned by
    `rotation_rad` and not scaled by `intensity`.

    **Convention** column u of the picture holds direction ``atan2(z, x) = 2 pi (u - 1/2)``, row v the angle
    ``acos(y) = pi v`` (u, v in 0..1 from the upper left); `rotation_rad` turns the light counter-clockwise seen
    from above.

    `left` is for a scene in which something unseen keeps light off, a table above a chair in a photo: (h, w, 2) float32, the
    shares of the light from all around and of the sun that reach what the picture shows, stretched linearly over the picture.
    """

    environment: Image
    rotation_rad: float = 0.0
    intensity: float = 1.0
    sun: Sun | None = None
    left: Array | None = None

    def __post_init__(self) -> None:
        if self.environment.space != "linear" or self.environment.pixels.shape[2] != 3:
            raise ValueError(f"an environment is linear RGB, found {self.environment!r}")
        if self.left is not None:
            left = readonly(self.left, np.float32)
            if left.ndim != 3 or not left.size or left.shape[2] != 2 or not np.isfinite(left).all() or left.min() < 0 or left.max() > 1:
                raise ValueError(f"what is left of light is (h, w, 2) shares, found {left.shape}")
            set_fields(self, left=left)


def light_from_world_axes(rotation_rad: float) -> Array:
    """Return the (3, 3) rotation of world directions into those of an environment picture turned by `Lighting.rotation_rad`.

    Its transpose brings directions of the picture into the world.
    """
    c, s = np.cos(rotation_rad), np.sin(rotation_rad)
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


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
    normals : ndarray (H, W, 3) float32 or None
        Unit normals in world axes of the surface at the pixel centre, turned to the camera; zeros where nothing is.
    ids : ndarray (H, W) int32 or None
        1 + index in `Scene.items` of what is seen at the pixel centre; 0 where nothing is.
    """

    colour: Array
    depth_m: Array | None = None
    normals: Array | None = None
    ids: Array | None = None

    def __post_init__(self) -> None:
        colour = readonly(self.colour, np.float32)
        if colour.ndim != 3 or colour.shape[2] != 4:
            raise ValueError(f"a layer's colour is (H, W, 4), found {colour.shape}")
        set_fields(self, colour=colour)
        for name, dtype, tail in (("depth_m", np.float32, ()), ("normals", np.float32, (3,)), ("ids", np.int32, ())):
            plane = getattr(self, name)
            if plane is None:
                continue
            plane = readonly(plane, dtype)
            if plane.shape != (*colour.shape[:2], *tail):
                raise ValueError(f"{name} is {plane.shape}, colour {colour.shape[:2]}")
            set_fields(self, **{name: plane})
