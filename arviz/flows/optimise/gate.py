"""The picture gate: how much a changed product looks like the original, in pictures that never move.

Eight views of the original's box (the candidate is never framed anew, which would hide that it moved), in every look that a
variant gives. Squared error is pooled over the pixels of all views, because averaged decibels hide a view that is wrong
altogether; of the structural similarity the worst view counts. Views, distance, mask and both figures are those of
glTF viewers' comparisons (Khronos 3D Commerce certification: PSNR and SSIM, there at 20 dB and 0.7).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.errors import MeshError
from arviz.core.frames import look_at, orbit_direction
from arviz.core.frozen import Array
from arviz.core.graph import bounds, drawn
from arviz.core.scene import Item, Lighting, Scene
from arviz.render.environment import load_environment
from arviz.render.picture import picture
from arviz.render.renderer import Renderer, RenderOptions

VIEWS_DEG = ((35, 20), (125, 15), (250, 40), (0, 5), (80, 0), (180, 20), (300, 10), (20, 75))
"""Azimuth and elevation of the eye: all four sides, the edges between them, and from above."""
VARIANT_VIEWS = (0, 2, 4, 7)
"""Those in which variants are drawn: their shapes are the default look's, which is drawn in all."""
GLANCE_VIEWS = (0, 2)
"""Two opposite ones that see all four sides, and the top: enough for what is the same everywhere, as pictures and precision are."""
SIZE_PX = 512
FIELD_OF_VIEW_RAD = math.radians(30)
DISTANCE_SHARE = 1.02
"""Of the distance at which the sphere around the box just fits the picture."""
ENVIRONMENT = "room"
_BACKGROUND = (255, 255, 255)
_FOREGROUND_BELOW = 250
"""A pixel belongs to the product if one of its channels is darker than this in one of the two pictures."""
_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)
_C1, _C2, _SIGMA, _WINDOW = 6.5025, 58.5225, 1.5, 13
"""Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004."""


class Look(NamedTuple):
    """How a product differs from its original in one look: squared error over all views, and the worst view."""

    variant: str | None
    squares: float
    """Mean squared error of 8-bit channels over the product's pixels of all views."""
    ssim: float
    view: int
    """Index into `VIEWS_DEG` of the worst view."""

    @property
    def db(self) -> float:
        """Peak signal to noise ratio of all views together, infinite for equal pictures."""
        return 10 * math.log10(255**2 / self.squares) if self.squares else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the gate says of a candidate, look by look."""

    looks: tuple[Look, ...]

    @property
    def db(self) -> float:
        """Of the worst look."""
        return min(look.db for look in self.looks)

    @property
    def ssim(self) -> float:
        """Of the worst view of the worst look."""
        return min(look.ssim for look in self.looks)

    def to_json(self) -> dict[str, float | int | None]:
        """Return what ``report.json`` says of an output; pictures without any difference have no decibels."""
        db = self.db
        return {"pooled_db": round(db, 2) if math.isfinite(db) else None, "worst_ssim": round(self.ssim, 4), "looks": len(self.looks)}


class Gate:
    """Pictures of an original, drawn once, that candidates are measured against.

    Parameters
    ----------
    original : Asset
        Its box frames all pictures; its variants tell the looks.
    renderer : Renderer
        An open one; it stays open, and keeps what original and candidates share.
    default_only : bool
        Measure the look without a variant only.
    size_px : int
        Side of the pictures.

    Raises
    ------
    MeshError
        ``E_NOTHING_DRAWN``: the original shows nothing.
    """

    def __init__(self, original: Asset, renderer: Renderer, *, default_only: bool = False, size_px: int = SIZE_PX) -> None:
        box = bounds(original)
        if box is None:
            raise MeshError("E_NOTHING_DRAWN", "there is nothing to compare", expected="at least one triangle")
        self._renderer = renderer
        self._lighting = Lighting(environment=load_environment(ENVIRONMENT))
        self._views = tuple(_views(box, size_px))
        self.variants: tuple[str | None, ...] = (None,) if default_only else looks(original)
        self._originals = {
            (variant, view): self._drawn(original, variant, self._views[view])
            for variant in self.variants
            for view in (VARIANT_VIEWS if variant is not None else range(len(VIEWS_DEG)))
        }

    def measure(self, candidate: Asset) -> Quality:
        """Draw a candidate as the original was drawn and compare, every look."""
        return Quality(looks=tuple(self._look(candidate, variant, range(len(VIEWS_DEG))) for variant in self.variants))

    def glance(self, candidate: Asset, variant: str | None, *, views: Sequence[int] = GLANCE_VIEWS) -> Look:
        """Compare one look in a few views: a first impression at a part of the cost."""
        return self._look(candidate, variant, views)

    def pair(self, candidate: Asset, *, view: int) -> tuple[Array, Array]:
        """Return the pictures (H, W, 3) uint8 of the original and of a candidate in one of `VIEWS_DEG`, in the default look."""
        return self._originals[None, view], self._drawn(candidate, None, self._views[view])

    def _look(self, candidate: Asset, variant: str | None, views: Sequence[int]) -> Look:
        squares, count, worst, at = 0, 0, 1.0, views[0]
        for index in views:
            original = self._originals.get((variant, index))
            if original is None:
                continue
            pixels = self._drawn(candidate, variant, self._views[index])
            if np.array_equal(pixels, original):
                count += int(np.count_nonzero((original < _FOREGROUND_BELOW).any(axis=2)))
                continue
            mask = (original < _FOREGROUND_BELOW).any(axis=2) | (pixels < _FOREGROUND_BELOW).any(axis=2)
            count += int(np.count_nonzero(mask))
            squares += int(np.square(original[mask].astype(np.int32) - pixels[mask]).sum())
            alike = similarity(original, pixels)[mask]
            if alike.size and float(alike.mean()) < worst:
                worst, at = float(alike.mean()), index
        return Look(variant, squares / max(3 * count, 1), worst, at)

    def _drawn(self, asset: Asset, variant: str | None, view: tuple[Camera, Array]) -> Array:
        camera, pose = view
        scene = Scene(items=(Item(asset=asset, variant=variant),), lighting=self._lighting)
        options = RenderOptions(depth=False)
        return picture(self._renderer, scene, camera, world_from_camera=pose, options=options, background=_BACKGROUND).pixels


def _views(box: Array, size_px: int) -> Iterator[tuple[Camera, Array]]:
    """Yield camera and pose of every view of a box ((2, 3) metres)."""
    centre = (box[0] + box[1]) / 2
    radius = max(float(np.linalg.norm(box[1] - box[0])) / 2, 1e-9)
    camera = Camera.from_fov(vertical_fov_rad=FIELD_OF_VIEW_RAD, width_px=size_px, height_px=size_px)
    for azimuth, elevation in VIEWS_DEG:
        direction = orbit_direction(math.radians(azimuth), math.radians(90 - elevation))
        yield camera, look_at(centre + DISTANCE_SHARE * radius / math.sin(FIELD_OF_VIEW_RAD / 2) * direction, centre)


def looks(asset: Asset) -> tuple[str | None, ...]:
    """Return the variants that differ in what is drawn: None for the default, then the first of each further look."""
    primitives = [piece.primitive for piece in drawn(asset)]
    seen = {tuple(primitive.material for primitive in primitives)}
    out: list[str | None] = [None]
    for index, name in enumerate(asset.variants):
        materials = tuple(primitive.material_for(index) for primitive in primitives)
        if materials not in seen and asset.variants.index(name) == index:  # a renderer is asked by name
            seen.add(materials)
            out.append(name)
    return tuple(out)


def similarity(first: Array, second: Array) -> Array:
    """Return the structural similarity (H, W) of two (H, W, 3) uint8 pictures' luma, Gaussian window of sigma 1.5."""
    import cv2

    def blurred(plane: Array) -> Array:
        return cv2.GaussianBlur(plane, (_WINDOW, _WINDOW), _SIGMA, borderType=cv2.BORDER_REFLECT)

    a, b = (cv2.transform(pixels.astype(np.float32), _LUMA) for pixels in (first, second))
    mean_a, mean_b = blurred(a), blurred(b)
    var_a, var_b, cov = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2, blurred(a * b) - mean_a * mean_b
    out: Array = (2 * mean_a * mean_b + _C1) * (2 * cov + _C2) / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))
    return out
