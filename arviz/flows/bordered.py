"""A picture in the middle of one of the asked size: as large as fits, with a border where its shape is another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.image import Image

BORDER = (242, 242, 242)


def fitted(image: Image, camera: Camera, *, width: int, height: int) -> tuple[Image, Camera]:
    """Return a picture as large as it fits into width and height, and its camera."""
    import cv2

    scale = min(width / camera.width_px, height / camera.height_px)
    size = min(max(1, round(camera.width_px * scale)), width), min(max(1, round(camera.height_px * scale)), height)
    if size == (camera.width_px, camera.height_px):
        return image, camera
    way = cv2.INTER_AREA if size[0] < camera.width_px else cv2.INTER_LINEAR
    return Image(pixels=cv2.resize(image.pixels, size, interpolation=way)), camera.resized(width_px=size[0], height_px=size[1])


def bordered(image: Image, camera: Camera, *, width: int, height: int) -> tuple[Image, Camera]:
    """Return a picture of the asked size with another, no larger one in its middle, and its camera."""
    rows, columns = image.pixels.shape[:2]
    if (columns, rows) == (width, height):
        return image, camera
    left, top = (width - columns) // 2, (height - rows) // 2
    pixels = np.full((height, width, 3), BORDER, np.uint8)
    pixels[top : top + rows, left : left + columns] = image.pixels
    k = np.array(camera.k)
    k[:2, 2] += left, top
    return Image(pixels=pixels), replace(camera, k=k, width_px=width, height_px=height)
