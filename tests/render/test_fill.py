"""A product brought nearer by the lens: filled to the share, centred, seen in the same perspective."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.transforms import apply
from arviz.render.fill import filled
from arviz.render.framing import orbit_camera


@given(seed=st.integers(0, 2**32 - 1), width=st.integers(16, 2000), height=st.integers(16, 2000), share=st.floats(0.1, 1.0))
def test_any_cloud_fills_the_share_and_keeps_its_perspective(seed, width, height, share):
    random = np.random.default_rng(seed)
    points = random.normal(size=(20, 3)) * random.uniform(0.01, 5, 3)
    camera, pose = orbit_camera(
        points, azimuth_rad=random.uniform(0, 6), polar_rad=random.uniform(0.3, 2.8), width_px=width, height_px=height
    )
    near = filled(camera, points, world_from_camera=pose, share=share)
    local = apply(np.linalg.inv(pose), points)
    before, after = camera.project(local), near.project(local)
    size = np.array([width, height])
    assert (np.ptp(after, axis=0) / size).max() == pytest.approx(share)
    np.testing.assert_allclose(after.min(axis=0) + after.max(axis=0), size - 1, atol=1e-6)
    scale = near.k[0, 0] / camera.k[0, 0]
    np.testing.assert_allclose(after - after[0], scale * (before - before[0]), atol=1e-6 * max(width, height))


def test_a_single_point_is_not_enlarged_without_end():
    points = np.array([[0.1, 0.2, 0.3], [np.nan, 0, 0]])
    camera, pose = orbit_camera(points, width_px=64, height_px=48)
    near = filled(camera, points, world_from_camera=pose, share=0.85)
    np.testing.assert_allclose(near.project(apply(np.linalg.inv(pose), points[:1])), [[31.5, 23.5]], atol=1e-3)
