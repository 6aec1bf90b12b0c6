"""Stereo depth: of planes with analytic truth, of Middlebury's Aloe pair, and of pictures that cannot be matched."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image, decode
from arviz.core.lens import undistort
from arviz.vision.calibration.stereo import StereoRig
from arviz.vision.depth.stereo import depth_sigma_m, rectify, stereo_depth

LEFT = Camera(
    k=np.array([[410, 0, 207.0], [0, 412, 148], [0, 0, 1]]), width_px=400, height_px=300, distortion=(-0.2, 0.08, 0.001, -0.0005, 0)
)
RIGHT = Camera(k=np.array([[405, 0, 196.0], [0, 406, 153], [0, 0, 1]]), width_px=400, height_px=300, distortion=(-0.19, 0.07, 0, 0.0004, 0))
PLANE = (np.array([0.25, -0.3, -0.92]), 1.6)
"""Normal (not a unit) and offset in the left camera's frame: about 1.6 m away, tilted by 23 degrees."""


def rig() -> StereoRig:
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(np.array([0.01, 0.05, -0.02]))[0]
    pose[:3, 3] = (-0.08, 0.002, -0.003)
    return StereoRig(left=LEFT, right=RIGHT, right_from_left=pose)


def rays(camera: Camera) -> Array:
    y, x = np.mgrid[0 : camera.height_px, 0 : camera.width_px]
    pixels = np.stack([x, y], axis=-1).reshape(-1, 2) - camera.k[:2, 2]
    seen = undistort(pixels @ np.linalg.inv(camera.k[:2, :2]).T, camera.distortion)
    return np.concatenate([seen, np.ones((len(seen), 1))], axis=1)


def plane_seen(camera: Camera, camera_from_left: Array, waves: Array) -> Image:
    """Return the plane with a texture of many waves, exact at each pixel."""
    directions = rays(camera) @ camera_from_left[:3, :3]
    origin = -camera_from_left[:3, :3].T @ camera_from_left[:3, 3]
    normal, offset = PLANE
    reach = -(offset + normal @ origin) / (directions @ normal)
    points = origin + reach[:, None] * directions
    values = np.zeros(len(points))
    for x, y, z, phase in waves:
        values += np.sin(points @ (x, y, z) + phase)
    light = 128 + 60 * values / np.sqrt(len(waves) / 2)
    return Image(pixels=np.clip(light, 0, 255).reshape(camera.height_px, camera.width_px, 1).repeat(3, axis=2).astype(np.uint8))


def pair(seed: int) -> tuple[Image, Image]:
    rng = np.random.default_rng(seed)
    waves = np.column_stack([rng.normal(0, 90, (40, 3)), rng.uniform(0, 2 * np.pi, 40)])  # to about 3 px per wave
    return plane_seen(LEFT, np.eye(4), waves), plane_seen(RIGHT, rig().right_from_left, waves)


def fresh() -> int:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)
    return seed


def test_a_plane_is_where_it_is() -> None:
    """Two lenses, turned against each other: each depth within what `depth_sigma_m` says."""
    frame = stereo_depth(*pair(fresh()), rig(), near_m=0.9)
    flat = rectify(rig())
    normal, offset = PLANE
    true = (-offset / (rays(frame.camera) @ flat.left_from_rectified[:3, :3].T @ normal)).reshape(300, 400)
    known = np.isfinite(frame.depth_m)
    assert known.mean() > 0.75
    share = (frame.depth_m - true)[known] / depth_sigma_m(frame.depth_m, rig())[known]
    assert np.abs(np.median(share)) < 0.5
    assert (np.abs(share) < 2).mean() > 0.9
    assert not np.isnan(frame.depth_m).any()
    assert (frame.confidence[~known] == 0).all()
    assert frame.confidence[known].min() >= 0
    assert frame.camera.distortion == ()


def test_rows_agree_after_rectification() -> None:
    flat = rectify(rig())
    points = np.random.default_rng(1).uniform((-0.4, -0.3, 1), (0.4, 0.3, 3), (200, 3))
    in_left = points @ flat.left_from_rectified[:3, :3].T
    in_right = in_left @ rig().right_from_left[:3, :3].T + rig().right_from_left[:3, 3]
    at = flat.camera.project(points)
    at_right = flat.camera.project(points - (flat.baseline_m, 0, 0))
    assert np.allclose(at[:, 1], at_right[:, 1])
    focal = flat.camera.k[0, 0]
    assert np.allclose(at[:, 0] - at_right[:, 0], focal * flat.baseline_m / points[:, 2])
    for pixels, where, camera, there in ((at, flat.left_map, LEFT, in_left), (at_right, flat.right_map, RIGHT, in_right)):
        inside = ((pixels > 1) & (pixels < (398, 298))).all(axis=1)
        rough = where[np.round(pixels[inside, 1]).astype(int), np.round(pixels[inside, 0]).astype(int)]
        good = np.isfinite(rough).all(axis=1)
        assert good.sum() > 50
        assert np.abs(rough - camera.project_distorted(there[inside]))[good].max() < 1  # of the nearest pixel


def test_aloe(data: Path) -> None:
    folder = data / "room" / "stereo_aloe"
    left, right = (decode((folder / name).read_bytes()) for name in ("aloeL.jpg", "aloeR.jpg"))
    true = np.asarray(PillowImage.open(folder / "aloeGT.png")).astype(float)
    # Rectified, focal length 3740 px and 160 mm apart (Middlebury 2006); only the ratio to the depth counts here.
    camera = Camera(k=np.array([[3740, 0, 640.5], [0, 3740, 554.5], [0, 0, 1.0]]), width_px=1282, height_px=1110)
    pose = np.eye(4)
    pose[0, 3] = -0.16
    given = StereoRig(left=camera, right=camera, right_from_left=pose)
    frame = stereo_depth(left, right, given, near_m=3740 * 0.16 / 224)
    assert np.allclose(frame.camera.k, camera.k)
    assert np.array_equal(frame.image.pixels, left.pixels)
    truth, known = true > 0, np.isfinite(frame.depth_m)
    wrong = np.abs(3740 * 0.16 / frame.depth_m - true) > 2
    share = wrong[truth & known].mean()
    print(f"answered {known[truth].mean():.3f}, wrong by 2 px {share:.4f}")
    assert known[truth].mean() > 0.8
    assert share < 0.025
    assert wrong[truth & known & (frame.confidence > 0.9)].mean() < share
    with pytest.raises(InputError) as caught:
        stereo_depth(right, left, given, near_m=3740 * 0.16 / 224)
    assert caught.value.code == "E_STEREO_SWAPPED"


def test_without_texture_nothing_is_known() -> None:
    grey = Image(pixels=np.full((300, 400, 3), 128, np.uint8))
    frame = stereo_depth(grey, grey, rig())
    assert np.isposinf(frame.depth_m).all()
    assert (frame.confidence == 0).all()


def test_noise_is_no_depth() -> None:
    rng = np.random.default_rng(2)
    one, other = (Image(pixels=rng.integers(0, 255, (300, 400, 3), np.uint8)) for _ in range(2))
    assert np.isfinite(stereo_depth(one, other, rig()).depth_m).mean() < 0.05


def test_refused() -> None:
    left, right = pair(3)
    small = Image(pixels=right.pixels[:, :-1])
    with pytest.raises(InputError) as caught:
        stereo_depth(left, small, rig())
    assert caught.value.code == "E_CAMERA_SIZE"
    back = StereoRig(left=RIGHT, right=LEFT, right_from_left=np.linalg.inv(rig().right_from_left))
    with pytest.raises(InputError) as caught:
        rectify(back)
    assert caught.value.code == "E_STEREO_SWAPPED"
    above = np.eye(4)
    above[1, 3] = 0.1
    with pytest.raises(InputError) as caught:
        rectify(StereoRig(left=LEFT, right=LEFT, right_from_left=above))
    assert caught.value.code == "E_STEREO_VERTICAL"


def test_sigma_grows_with_the_square() -> None:
    sigma = depth_sigma_m(np.array([1.0, 2.0, np.inf]), rig())
    assert sigma[1] == pytest.approx(4 * sigma[0])
    assert np.isposinf(sigma[2])
