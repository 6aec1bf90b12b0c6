"""What of a room stands before a product: taken off by the photo's depth, with edges where the photo has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.scene import Layer
from arviz.render.room_catchers import Catching, OnPlane, sensor_sigma_m

_NEARER_M = 0.015
_CRUMBS = 12
"""Pixels of a 640 px wide photo: smaller pieces of something in front are the sensor's."""
_EDGE_PX = 0.6
_GUIDED_PX, _FLAT = 4, 0.04
"""How far edges of the depth may lie from those of a photo 640 px wide, and what contrast is none."""
_MIXED, _LEAST = 0.02, 1e-3
_SAME_COLOUR = 25.0
"""Of 255: how far apart colours of one thing are."""
_NEAR_PX = 0.5
"""How far off (standard deviation, of the guide's reach) the colour of something in front is looked for."""


def without_hidden(
    photo: Image, layer: Layer, depth: Array | None, on: OnPlane, catching: Sequence[Catching]
) -> tuple[Layer, Array, Image]:
    """Return the layer without what lies behind the photo's depth (H, W), where (H, W) bool that is, and the photo to put it onto.

    At edges of what hides the product the photo shows a mixture with what was behind: a fringe, were the product put behind it. So
    these pixels of the photo have the hiding thing's own colour, that of its inside next to them.
    """
    nothing = np.zeros(layer.colour.shape[:2], bool)
    if depth is None or layer.depth_m is None:
        return layer, nothing, photo
    import cv2

    radius = max(round(_GUIDED_PX * layer.colour.shape[1] / 640), 2)
    box = picture_box(layer.colour[..., 3] > 0, margin=2 * radius + 2)
    if box is None:
        return layer, nothing, photo
    front = np.where(np.isfinite(layer.depth_m[box]), layer.depth_m[box], np.float32(1e6))
    # Edges of the product have a share of a pixel and no depth of their own, and the edge of what hides it reads beyond them:
    # that of a neighbour.
    front = np.where(front < 1e6, front, cv2.erode(front, np.ones((3, 3), np.uint8), borderValue=1e6))
    front = np.where(front < 1e6, front, cv2.erode(front, np.ones((2 * radius + 3,) * 2, np.uint8), borderValue=1e6))
    behind = depth[box].copy()
    # A plane that the product stands before does not hide it, however noisy; others are where they are.
    for index, one in enumerate(catching):
        mine = (on.which[box] == index) & (on.share[box] > 0.5)
        behind[mine] = 1e30 if one.before else on.surface_m[box][mine]
    covered = (front < 1e6) & (front - behind > _NEARER_M + 2 * sensor_sigma_m(np.minimum(behind, 20)))
    covered = _without_crumbs(covered, layer.colour.shape[1])
    if not covered.any():
        return layer, nothing, photo
    light = np.asarray(photo.pixels[box] @ LUMINANCE.astype(np.float32) / np.float32(255), np.float32)
    own, share = _unmixed(photo.pixels[box], _guided(covered, light, radius), sigma_px=_NEAR_PX * radius)
    hidden = nothing.copy()
    hidden[box] = (share > 0.5) & (layer.colour[box][..., 3] > 0)
    front_only = photo.pixels.copy()
    product = layer.colour[box][..., 3:]
    front_only[box] = np.rint(photo.pixels[box] * (1 - product) + own * product)
    colour = layer.colour.copy()
    colour[box] *= 1 - share[..., None]
    planes = {name: getattr(layer, name) for name in ("depth_m", "normals", "ids")}
    planes["depth_m"] = np.where(hidden, np.float32(np.inf), layer.depth_m)
    return Layer(colour=colour, **planes), hidden, Image(pixels=front_only)


def _guided(covered: Array, light: Array, radius: int) -> Array:
    """Return (H, W) shares of pixels that something in front covers: edges move to those of the photo, as sharp as these.

    A guided filter (He, Sun and Tang 2013, "Guided Image Filtering") makes the mask go along with the encoded light of the photo;
    where the photo has no edge it is the mask's own, some pixels wide.
    """
    import cv2

    size = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Array) -> Array:
        out: Array = cv2.blur(values, size, borderType=cv2.BORDER_REFLECT)
        return out

    mask = covered.astype(np.float32)
    level, share = mean(light), mean(mask)
    slope = (mean(light * mask) - level * share) / (mean(light * light) - level * level + np.float32(_FLAT**2))
    x = np.clip((mean(slope) * light + mean(share - slope * level) - 0.3) / 0.4, 0, 1)
    soft = cv2.GaussianBlur((x * x * (3 - 2 * x)).astype(np.float32), (3, 3), _EDGE_PX)
    # Away from edges nothing is in doubt: the filter leaves traces of the photo there.
    square = np.ones(size, np.uint8)
    inside, near = cv2.erode(covered.astype(np.uint8), square), cv2.dilate(covered.astype(np.uint8), square)
    return np.where(inside > 0, np.float32(1), np.where(near > 0, soft, np.float32(0)))


def _unmixed(pixels: Array, share: Array, *, sigma_px: float) -> tuple[Array, Array]:
    """Return (H, W, 3) pixels in which edges of what covers a share (H, W) have its own colour, as far as it is known, and the share.

    Colours of both sides are those next to the edge. A pixel that lies between them is covered no more than it says (Knockout, as in
    Chuang et al. 2001, "A Bayesian Approach to Digital Matting", section 2): what shows what was behind is not of the thing in front.
    """
    import cv2

    mixed = (share > _MIXED) & (share < 1 - _MIXED)
    edge = cv2.dilate(mixed.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0

    def beside(sure: Array) -> Array:
        sums = cv2.GaussianBlur(np.dstack([pixels * sure[..., None], sure]).astype(np.float32), (0, 0), sigma_px)[edge]
        out: Array = np.where(sums[:, 3:] > _LEAST, sums[:, :3] / np.maximum(sums[:, 3:], _LEAST), pixels[edge])
        return out

    own, other = beside(~edge & (share > 0.5)), beside(~edge & (share <= 0.5))
    way = own - other
    contrast = (way**2).sum(axis=1)
    says = np.clip(((pixels[edge] - other) * way).sum(axis=1) / np.maximum(contrast, 1), 0, 1)
    believed = contrast / (contrast + _SAME_COLOUR**2)
    covered = share[edge]
    clean, left = pixels.copy(), share.copy()
    left[edge] -= believed * np.maximum(covered - says, 0)
    clean[edge] = np.where(mixed[edge][:, None], np.rint(own), pixels[edge])
    return clean, left


def _without_crumbs(mask: Array, width_px: int) -> Array:
    """Return a mask without its smallest pieces and holes."""
    import cv2

    least = _CRUMBS * (width_px / 640) ** 2
    for value in (True, False):
        count, labels, stats, _ = cv2.connectedComponentsWithStats((mask == value).astype(np.uint8), connectivity=4)
        small = stats[:, cv2.CC_STAT_AREA] < least
        small[0] = False
        if count > 1 and small.any():
            mask = np.where(small[labels], not value, mask)
    return mask


class Part(NamedTuple):
    """Values of a part of a picture."""

    box: tuple[slice, slice]
    """Rows and columns, within the picture."""
    values: Array
    """(h, w, C) of them."""

    def at(self, box: tuple[slice, slice], *, outside: float) -> Array:
        """Return (h, w, C) of other rows and columns."""
        shape = tuple(asked.stop - asked.start for asked in box)
        out = np.full((*shape, *self.values.shape[2:]), outside, self.values.dtype)
        first = [max(mine.start, asked.start) for mine, asked in zip(self.box, box, strict=True)]
        last = [max(min(mine.stop, asked.stop), start) for mine, asked, start in zip(self.box, box, first, strict=True)]
        there, here = (
            tuple(slice(start - some.start, stop - some.start) for start, stop, some in zip(first, last, whole, strict=True))
            for whole in (box, self.box)
        )
        out[there] = self.values[here]
        return out


def picture_box(mask: Array, *, margin: int) -> tuple[slice, slice] | None:
    """Return the rows and columns around what is True, None for nothing."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return (
        slice(max(int(rows[0]) - margin, 0), min(int(rows[-1]) + 1 + margin, mask.shape[0])),
        slice(max(int(columns[0]) - margin, 0), min(int(columns[-1]) + 1 + margin, mask.shape[1])),
    )


def box_around(boxes: Sequence[tuple[slice, slice] | None]) -> tuple[slice, slice] | None:
    """Return the rows and columns around all boxes, None for none."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    rows, columns = (slice(min(some.start for some in side), max(some.stop for some in side)) for side in zip(*known, strict=True))
    return rows, columns
