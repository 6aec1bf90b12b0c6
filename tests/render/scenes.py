"""What the tests of this folder draw: one item, one light, one camera."""

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.graph import drawn
from arviz.core.scene import Item, Scene
from arviz.render.renderer import RenderOptions
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import box, joined, sphere

DEPTH = RenderOptions(tone_map="none")
SMALL = Camera(k=np.array([[300.0, 0, 150.25], [0, 290.0, 100.75], [0, 0, 1]]), width_px=320, height_px=200)
FURNACE = constant_light()
PLAIN = RenderOptions(tone_map="none", depth=False)


def front_camera(*, size_px=64, fov_rad=0.5):
    return Camera.from_fov(vertical_fov_rad=fov_rad, width_px=size_px, height_px=size_px)


def front_pose(distance_m=0.5):
    return look_at(np.array([0.0, 0.0, distance_m]), np.zeros(3))


def draw(renderer, *items, lighting=None, camera=None, pose=None, options=PLAIN):
    """Draw items (or bare assets) from the front under constant light, without a tone map."""
    items = tuple(item if isinstance(item, Item) else Item(asset=item) for item in items)
    scene = Scene(items=items, lighting=lighting or FURNACE)
    return renderer.render(scene, camera or front_camera(), world_from_camera=front_pose() if pose is None else pose, options=options)


def centre(layer):
    """Return the mean (4,) of the middle pixels."""
    h, w = layer.colour.shape[:2]
    return layer.colour[h // 2 - 2 : h // 2 + 2, w // 2 - 2 : w // 2 + 2].mean(axis=(0, 1))


def tilted():
    """Return a box with a ball in it, and a pose that sees both askew."""
    asset = joined(box(size_m=(0.3, 0.1, 0.2)), sphere(radius_m=0.09, centre_m=(0.1, 0.1, 0.05), segments=40))
    return asset, look_at(np.array([0.5, 0.45, 0.8]), np.array([0.05, 0.02, 0]))


def triangles_of(asset):
    (positions, faces) = ([], [])
    for piece in drawn(asset):
        faces.append(piece.primitive.triangles + sum(map(len, positions)))
        positions.append(piece.positions)
    return np.concatenate(positions), np.concatenate(faces)


def compare(ours, theirs, *, mask=2e-4, depth_m=1e-4):
    """Silhouettes may differ in a share `mask` of the pixels, depth by `depth_m` inside both (99.5 % for inner edges)."""
    here, there = np.isfinite(ours), np.isfinite(theirs)
    assert here.sum() > 5000
    assert (here != there).mean() <= mask
    both = here & there
    assert np.median(np.abs(ours[both] - theirs[both])) <= depth_m
    assert np.quantile(np.abs(ours[both] - theirs[both]), 0.98) <= 10 * depth_m
