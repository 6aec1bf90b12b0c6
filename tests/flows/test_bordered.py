"""Pictures with a border: of the asked size, their own shape kept, and their camera sees each point where they show it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.image import Image
from arviz.flows.bordered import BORDER, bordered, fitted

sides = st.integers(16, 90)


@given(sides, sides, sides, sides)
def test_a_point_is_shown_where_the_camera_says(columns, rows, width, height):
    camera = Camera.from_fov(vertical_fov_rad=1.0, width_px=columns, height_px=rows)
    ahead = np.array([[0.1 * columns / rows, -0.1, 1.0]])
    x, y = camera.project_distorted(ahead)[0]
    ramp = np.zeros((rows, columns, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(columns), np.arange(rows)[:, None]
    image, seen = bordered(*fitted(Image(pixels=ramp), camera, width=width, height=height), width=width, height=height)
    assert image.pixels.shape == (height, width, 3)
    assert (seen.width_px, seen.height_px) == (width, height)
    column, row = np.round(seen.project_distorted(ahead)[0]).astype(int)
    near = 1 + 0.5 * max(columns / width, rows / height)  # to half a pixel of the small picture, and rounding
    assert np.allclose(image.pixels[row, column, :2], (x, y), atol=near)
    whole = min(width / columns, height / rows)
    kept = (image.pixels != BORDER).any(axis=2)
    assert abs(kept.any(axis=0).sum() - columns * whole) <= 1
    assert abs(kept.any(axis=1).sum() - rows * whole) <= 1


def test_a_picture_of_the_asked_size_is_itself():
    image, camera = Image(pixels=np.zeros((20, 30, 3), np.uint8)), Camera.from_fov(vertical_fov_rad=1.0, width_px=30, height_px=20)
    assert bordered(*fitted(image, camera, width=30, height=20), width=30, height=20) == (image, camera)
