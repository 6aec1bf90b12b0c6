"""The same picture from pyrender; apart from the other tests because its `delete` shuts EGL down for the process."""

import os

import numpy as np
import pytest

from arviz.core.errors import BackendError
from arviz.core.frames import CV_FROM_GL, half_pixel_intrinsics
from arviz.render.gl.renderer import GlRenderer
from tests.render.scenes import DEPTH, SMALL, compare, draw, tilted, triangles_of

os.environ.setdefault("PYOPENGL_PLATFORM", "egl")  # read when pyrender is imported


def test_mask_and_depth_agree_with_pyrender():
    """Another rasteriser, with its half-pixel K."""
    pyrender = pytest.importorskip("pyrender")
    import trimesh

    asset, pose = tilted()
    with GlRenderer() as gl:
        ours = draw(gl, asset, camera=SMALL, pose=pose, options=DEPTH).depth_m
    positions, faces = triangles_of(asset)
    scene = pyrender.Scene()
    scene.add(pyrender.Mesh.from_trimesh(trimesh.Trimesh(positions, faces, process=False), smooth=False))
    k = half_pixel_intrinsics(SMALL)
    lens = pyrender.IntrinsicsCamera(k[0, 0], k[1, 1], k[0, 2], k[1, 2], znear=0.3, zfar=3.0)
    scene.add(lens, pose=pose @ np.linalg.inv(CV_FROM_GL))
    renderer = pyrender.OffscreenRenderer(SMALL.width_px, SMALL.height_px)
    try:
        theirs = renderer.render(scene, flags=pyrender.RenderFlags.DEPTH_ONLY)
    finally:
        renderer.delete()
    # Its depth is the first of four samples, up to 0.4 px from the centre; the surface slopes up to 3 mm a pixel.
    compare(ours, np.where(theirs > 0, theirs, np.inf), mask=2e-3, depth_m=1e-3)


def test_a_lost_context_is_an_error_not_an_old_picture():
    """pyrender ends EGL for the whole process; a renderer that was open says so, and a new one works."""
    pyrender = pytest.importorskip("pyrender")
    asset, _ = tilted()
    with GlRenderer() as gl:
        before = draw(gl, asset)
        other = pyrender.OffscreenRenderer(8, 8)
        other.render(pyrender.Scene(nodes=[pyrender.Node(camera=pyrender.PerspectiveCamera(1.0))]))
        other.delete()
        with pytest.raises(BackendError) as caught:
            draw(gl, asset)
        assert caught.value.code == "E_GL_LOST"
    with GlRenderer() as gl:
        np.testing.assert_array_equal(draw(gl, asset).colour, before.colour)
