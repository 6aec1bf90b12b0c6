"""Painted parts: plates whose pictures are known."""

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.camera import Camera
from arviz.core.image import Image
from arviz.core.scene import Item
from arviz.render.highlight import HIDDEN, ORANGE, SEEN, highlight
from arviz.render.rays import RayScene

SIDE = 40
GREY = 200
INDICES = np.array([0, 1, 2, 0, 2, 3], np.uint32)


def plate(left: float, right: float, z: float) -> Mesh:
    """Return a plate one high that faces +Z."""
    corners = [(left, -0.5, z), (right, -0.5, z), (right, 0.5, z), (left, 0.5, z)]
    return Mesh(primitives=(Primitive(attributes={"POSITION": np.array(corners, np.float32)}, indices=INDICES),))


@pytest.fixture
def scene():
    """A wide plate, and a narrow one behind its right half that reaches beyond."""
    pytest.importorskip("open3d", reason="Open3D is not installed")
    asset = Asset(meshes=(plate(-0.5, 0.5, 0.0), plate(0.0, 2.0, -0.001)), nodes=(Node(mesh=0), Node(mesh=1)))
    with RayScene([Item(asset=asset)]) as rays:
        yield rays


def painted(rays: RayScene, chosen: list[bool]) -> np.ndarray:
    """Look along -Z from a metre away: the picture is two metres wide, and the first plate its middle half."""
    camera = Camera.from_fov(vertical_fov_rad=2 * np.arctan(1.0), width_px=SIDE, height_px=SIDE)
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[2, 3] = 1.0
    behind = Image(pixels=np.full((SIDE, SIDE, 3), GREY, np.uint8))
    return highlight(rays, camera, world_from_camera=pose, chosen=chosen, behind=behind).pixels.copy()


def paint(share: float) -> np.ndarray:
    return np.round(GREY + share * (np.array(ORANGE) - GREY)).astype(np.uint8)


def test_what_is_seen_is_painted_and_nothing_else(scene):
    found = painted(scene, [True, False])
    assert (found[10:30, 10:30] == paint(SEEN)).all()
    found[10:30, 10:30] = GREY
    assert (found == GREY).all()


def test_what_is_hidden_is_painted_faintly(scene):
    found = painted(scene, [False, True])
    assert (found[12:28, 21:29] == paint(HIDDEN)).all()
    assert (found[12:28, 31:] == paint(SEEN)).all()
    assert (found[:, :19] == GREY).all()


def test_nothing_chosen_changes_nothing(scene):
    assert (painted(scene, [False, False]) == GREY).all()
