"""Light that comes through a wall, or from it, loses nothing to a product; the wall beside it does."""

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.room import LightEstimate, Opening, Plane, Room
from arviz.core.scene import Item
from arviz.render.into_photo import into_photo
from arviz.testing.shapes import box

CAMERA = Camera.from_fov(vertical_fov_rad=0.9, width_px=160, height_px=120)
POSE = look_at(np.array([0.3, 1.5, 2.6]), np.array([0.0, 0.6, 0.0]))
WALL_Z = -1.0
PANE = (0.3, 0.9, 0.5, 1.1)
"""Low and high x, low and high y, beside a cube that stands at the wall."""


def square(kind, normal, offset, corners):
    return Plane(kind=kind, normal=normal, offset_m=offset, outline_m=corners, sigma_normal_rad=0, sigma_offset_m=0, source="given")


FLOOR = square("floor", (0, 1, 0), 0.0, [[-3, 0, -1], [3, 0, -1], [3, 0, 3], [-3, 0, 3]])
WALL = square("wall", (0, 0, 1), -WALL_Z, [[-3, 0, WALL_Z], [3, 0, WALL_Z], [3, 3, WALL_Z], [-3, 3, WALL_Z]])
ROOM = Room(planes=(FLOOR, WALL))

Y, X = np.mgrid[: CAMERA.height_px, : CAMERA.width_px]
RAYS = CAMERA.rays(np.stack([X, Y], axis=-1)) @ POSE[:3, :3].T
EYE = POSE[:3, 3]
ON_FLOOR, ON_WALL = (
    np.where(RAYS[..., axis] < -1e-6, (at - EYE[axis]) / np.minimum(RAYS[..., axis], -1e-6), np.inf) for axis, at in ((1, 0.0), (2, WALL_Z))
)
DEPTH = np.minimum(ON_FLOOR, ON_WALL)
POINTS = EYE + RAYS * DEPTH[..., None]
GREY = np.random.default_rng(0).integers(140, 146, (*DEPTH.shape, 3), dtype=np.uint8)


def within(low_x, high_x, low, high, *, axis=1):
    surface = ON_WALL < ON_FLOOR if axis == 1 else ON_FLOOR < ON_WALL
    return surface & (POINTS[..., 0] > low_x) & (POINTS[..., 0] < high_x) & (POINTS[..., axis] > low) & (POINTS[..., axis] < high)


IN_PANE = within(*PANE)
IN_MIDDLE = within(PANE[0] + 0.12, PANE[1] - 0.12, PANE[2] + 0.12, PANE[3] - 0.12)
ON_GROUND = within(0.3, 0.8, -0.8, -0.2, axis=2)


def furnished(gl, *, white=None, unknown=None, room=ROOM):
    pixels, depth = GREY.copy(), DEPTH.copy()
    if white is not None:
        pixels[white] = np.random.default_rng(1).integers(250, 256, (int(white.sum()), 3))
    if unknown is not None:
        depth[unknown] = np.inf
    sh = np.zeros((9, 3))
    sh[0] = 1 / 0.28209479
    lit = LightEstimate(
        sh=sh,
        to_light=(0, 1, 0),
        sigma_direction_rad=0.1,
        directional_share=0,
        angular_radius_rad=0.1,
        colour=(1, 1, 1),
        source="x",
        confidence=1,
    )
    pose = np.eye(4)
    pose[2, 3] = WALL_Z + 0.35
    dull = Material(base_color_factor=(0.5, 0.5, 0.5, 1.0), metallic_factor=0.0, roughness_factor=1.0)
    cube = Item(asset=box(size_m=(0.6,) * 3, centre_m=(0, 0.3, 0), material=dull), world_from_asset=pose)
    photo = Image(pixels=pixels)
    out = into_photo(photo, [cube], room=room, camera=CAMERA, world_from_camera=POSE, renderer=gl, light=lit, hidden_behind_m=depth)
    return photo, out


@pytest.fixture(scope="module")
def bare(gl):
    """Nothing but wall and floor, for where shade falls at all."""
    return furnished(gl)[1]


@pytest.mark.parametrize("unknown", [IN_PANE, IN_MIDDLE], ids=["whole", "rim filled from the wall"])
def test_a_burnt_out_pane_keeps_its_pixels(gl, bare, unknown):
    photo, out = furnished(gl, white=IN_PANE, unknown=unknown)
    _, paper = furnished(gl, white=IN_PANE)
    free = IN_PANE & (out.layer.colour[..., 3] == 0)
    assert (bare.shadow[free] < 0.98).sum() > 50
    assert np.array_equal(out.image.pixels[free], photo.pixels[free])
    beside = ~IN_PANE & (bare.layer.colour[..., 3] == 0)
    np.testing.assert_allclose(out.shadow[beside], paper.shadow[beside], atol=1e-6)
    assert (out.shadow[beside & (ON_WALL < ON_FLOOR)] < 0.9).sum() > 50


def test_a_window_of_the_room_keeps_its_pixels_whatever_it_shows(gl, bare):
    low_x, high_x, low, high = PANE
    outline = [[low_x, low, WALL_Z], [high_x, low, WALL_Z], [high_x, high, WALL_Z], [low_x, high, WALL_Z]]
    for kind, kept in (("window", True), ("door", False)):
        opening = Opening(kind=kind, wall=1, outline_m=outline, sigma_m=0.01, source="given")
        photo, out = furnished(gl, room=Room(planes=(FLOOR, WALL), openings=(opening,)))
        free = IN_PANE & (bare.layer.colour[..., 3] == 0)
        assert np.array_equal(out.image.pixels[free], photo.pixels[free]) == kept


@pytest.mark.parametrize(("white", "unknown"), [(IN_PANE, None), (None, IN_MIDDLE), (ON_GROUND, ON_GROUND)], ids=["paper", "hole", "gleam"])
def test_white_walls_holes_of_the_depth_and_what_gleams_on_the_floor_lie_in_the_shade(gl, bare, white, unknown):
    _, out = furnished(gl, white=white, unknown=unknown)
    free = (bare.layer.colour[..., 3] == 0) & (out.layer.colour[..., 3] == 0)
    np.testing.assert_allclose(out.shadow[free], bare.shadow[free], atol=0.03)
