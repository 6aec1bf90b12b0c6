"""What every plugin must keep, one class per kind; a test module subclasses it and gives the fixture it names.

::

    @pytest.fixture(scope="module")
    def renderer():
        with MyRenderer() as renderer:
            yield renderer

    class TestMine(RendererContract):
        pass
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.scene import Item, Layer, Lighting, Scene
from arviz.render.renderer import Capabilities, Renderer, RenderOptions
from arviz.testing.shapes import cube, degenerate, plane, sphere

_CAMERA = Camera(k=np.array([[180.0, 0, 70.25], [0, 175.0, 49.75], [0, 0, 1]]), width_px=128, height_px=96)
_POSE = look_at(np.array([0.0, 0.0, 0.5]), np.zeros(3))


def constant_light(radiance: float = 1.0) -> Lighting:
    """Return light of the same radiance from everywhere (a furnace)."""
    return Lighting(environment=Image(pixels=np.full((16, 32, 3), radiance, np.float32), space="linear"))


class RendererContract:
    """Ask a renderer (fixture ``renderer``) for what `arviz.render.renderer.Renderer` promises."""

    def render(self, renderer: Renderer, *items: Item, camera: Camera = _CAMERA, depth: bool = True, samples: int = 4) -> Layer:
        """Draw items under constant light, without a tone map."""
        scene = Scene(items=items, lighting=constant_light())
        options = RenderOptions(tone_map="none", depth=depth, samples=samples)
        return renderer.render(scene, camera, world_from_camera=_POSE, options=options)

    def test_states_capabilities(self, renderer: Renderer) -> None:
        """A renderer says what it can do and on what."""
        capabilities = renderer.capabilities()
        assert isinstance(capabilities, Capabilities)
        assert capabilities.max_size_px >= 1024
        assert capabilities.device

    def test_nothing_gives_an_empty_layer(self, renderer: Renderer) -> None:
        """An empty scene is transparent and infinitely far."""
        layer = self.render(renderer)
        assert layer.colour.shape == (96, 128, 4)
        assert not layer.colour.any()
        assert np.isposinf(_depth(layer)).all()

    def test_depth_only_on_request(self, renderer: Renderer) -> None:
        """Depth costs time: it is None unless asked for."""
        assert self.render(renderer, Item(asset=cube()), depth=False).depth_m is None

    def test_premultiplied(self, renderer: Renderer) -> None:
        """A white furnace shows a white body as its own alpha, also at the rim."""
        white = Material(metallic_factor=0.0, roughness_factor=1.0)
        colour = self.render(renderer, Item(asset=sphere(material=white))).colour
        assert colour[..., 3].max() == 1
        assert ((colour[..., 3] > 0) & (colour[..., 3] < 1)).any()
        missing = np.abs(colour[..., :3] - colour[..., 3:])[colour[..., 3] > 0]
        assert missing.mean() < 0.05  # a path tracer's noise stands at the rim
        assert np.quantile(missing, 0.9) < 0.1

    def test_depth_is_metric_along_z(self, renderer: Renderer) -> None:
        """A wall at 0.5 m is 0.5 m away in every pixel, not only in the middle."""
        depth = _depth(self.render(renderer, Item(asset=plane(width_m=2, height_m=2))))
        np.testing.assert_allclose(depth, 0.5, atol=1e-5)

    def test_projection_follows_k(self, renderer: Renderer) -> None:
        """The silhouette of a plane ends where K puts its edges, pixel centres at integers."""
        asset = plane(width_m=0.1, height_m=0.1)
        mask = np.isfinite(_depth(self.render(renderer, Item(asset=asset))))
        edges = _CAMERA.project(np.array([[-0.05, -0.05, 0.5], [0.05, 0.05, 0.5]]))
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        found = np.array([[columns[0], rows[0]], [columns[-1], rows[-1]]])
        expected = np.array([np.ceil(edges[0]), np.floor(edges[1])])
        np.testing.assert_array_equal(found, expected)

    def test_occluder_hides_and_is_not_seen(self, renderer: Renderer) -> None:
        """What is behind an occluder is gone; the occluder itself leaves no colour and no depth."""
        wall = Item(asset=plane(width_m=0.2, height_m=0.2))
        left_half = plane(width_m=1.0, height_m=1.0, centre_m=(-0.5, 0.0, 0.1))
        layer = self.render(renderer, wall, Item(asset=left_half, role="occluder"))
        middle = round(float(_CAMERA.k[0, 2]))
        assert not layer.colour[:, : middle - 2].any()
        assert np.isposinf(_depth(layer)[:, : middle - 2]).all()
        assert layer.colour[48, middle + 10, 3] == 1

    def test_pose_moves_the_asset(self, renderer: Renderer) -> None:
        """A body moved 0.1 m to the eye is 0.1 m nearer."""
        nearer = np.eye(4)
        nearer[2, 3] = 0.1
        here = _depth(self.render(renderer, Item(asset=cube())))
        there = _depth(self.render(renderer, Item(asset=cube(), world_from_asset=nearer)))
        np.testing.assert_allclose(here.min() - there.min(), 0.1, atol=1e-6)

    def test_same_request_same_bits(self, renderer: Renderer) -> None:
        """Two pictures of the same request are equal to the last bit."""
        item = Item(asset=sphere(material=Material(roughness_factor=0.3)))
        first, second = self.render(renderer, item), self.render(renderer, item)
        np.testing.assert_array_equal(first.colour, second.colour)
        np.testing.assert_array_equal(_depth(first), _depth(second))

    def test_no_bad_pixel_from_bad_geometry(self, renderer: Renderer) -> None:
        """Zero normals, collapsed UVs and triangles without area give finite pixels."""
        asset = degenerate()
        layer = self.render(renderer, Item(asset=asset))
        assert np.isfinite(layer.colour).all()
        assert not np.isnan(_depth(layer)).any()
        assert layer.colour[..., 3].any()


def _depth(layer: Layer) -> Array:
    assert layer.depth_m is not None
    return layer.depth_m
