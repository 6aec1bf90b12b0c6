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

from dataclasses import replace
from functools import partial

import numpy as np

from arviz.core.asset import Animation, Asset, Node, Track
from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.frozen import Array
from arviz.core.lens import distort
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item, Sun
from arviz.render.renderer import Renderer
from arviz.testing.renderer_requests import CAMERA, POSE, RendererRequests, at, constant_light, depth_of
from arviz.testing.shapes import cube, degenerate, plane, sphere, textured


class RendererContract(RendererRequests):
    """Ask a renderer (fixture ``renderer``) for what `arviz.render.renderer.Renderer` promises."""

    def test_nothing_gives_an_empty_layer(self, renderer: Renderer) -> None:
        """An empty scene is transparent and infinitely far."""
        layer = self.render(renderer)
        assert layer.colour.shape == (96, 128, 4)
        assert not layer.colour.any()
        assert np.isposinf(depth_of(layer)).all()

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
        depth = depth_of(self.render(renderer, Item(asset=plane(width_m=2, height_m=2))))
        np.testing.assert_allclose(depth, 0.5, atol=1e-5)

    def test_projection_follows_k(self, renderer: Renderer) -> None:
        """The silhouette of a plane ends where K puts its edges, pixel centres at integers."""
        asset = plane(width_m=0.1, height_m=0.1)
        mask = np.isfinite(depth_of(self.render(renderer, Item(asset=asset))))
        edges = CAMERA.project(np.array([[-0.05, -0.05, 0.5], [0.05, 0.05, 0.5]]))
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        found = np.array([[columns[0], rows[0]], [columns[-1], rows[-1]]])
        expected = np.array([np.ceil(edges[0]), np.floor(edges[1])])
        np.testing.assert_array_equal(found, expected)

    def test_occluder_hides_and_is_not_seen(self, renderer: Renderer) -> None:
        """What is behind an occluder is gone; the occluder itself leaves no colour and no depth."""
        wall = Item(asset=plane(width_m=0.2, height_m=0.2))
        left_half = plane(width_m=1.0, height_m=1.0, centre_m=(-0.5, 0.0, 0.1))
        layer = self.render(renderer, wall, Item(asset=left_half, role="occluder"))
        middle = round(float(CAMERA.k[0, 2]))
        assert not layer.colour[:, : middle - 2].any()
        assert np.isposinf(depth_of(layer)[:, : middle - 2]).all()
        assert layer.colour[48, middle + 10, 3] == 1

    def test_pose_moves_the_asset(self, renderer: Renderer) -> None:
        """A body moved 0.1 m to the eye is 0.1 m nearer."""
        nearer = np.eye(4)
        nearer[2, 3] = 0.1
        here = depth_of(self.render(renderer, Item(asset=cube())))
        there = depth_of(self.render(renderer, Item(asset=cube(), world_from_asset=nearer)))
        np.testing.assert_allclose(here.min() - there.min(), 0.1, atol=1e-6)

    def test_same_request_same_bits(self, renderer: Renderer) -> None:
        """Two pictures of the same request are equal to the last bit."""
        item = Item(asset=sphere(material=Material(roughness_factor=0.3)))
        first, second = self.render(renderer, item), self.render(renderer, item)
        np.testing.assert_array_equal(first.colour, second.colour)
        np.testing.assert_array_equal(depth_of(first), depth_of(second))

    def test_no_bad_pixel_from_bad_geometry(self, renderer: Renderer) -> None:
        """Zero normals, collapsed UVs and triangles without area give finite pixels."""
        asset = degenerate()
        layer = self.render(renderer, Item(asset=asset))
        assert np.isfinite(layer.colour).all()
        assert not np.isnan(depth_of(layer)).any()
        assert layer.colour[..., 3].any()

    # Planes

    def test_planes_only_on_request(self, renderer: Renderer) -> None:
        """Normals and ids are None unless asked for."""
        layer = self.render(renderer, Item(asset=cube()))
        assert layer.normals is None
        assert layer.ids is None

    def test_ids_name_the_items(self, renderer: Renderer) -> None:
        """1 + the index of the item that is seen, 0 where nothing is or an occluder; depth agrees."""
        items = (at(cube(), (9, 9, 0)), at(cube(), (-0.08, 0, 0)), at(cube(), (0.08, 0, 0)), at(cube(), (0.08, 0.05, 0.1), "occluder"))
        layer = self.drawn(renderer, "ids", lambda: self.render(renderer, *items, ids=True))
        if layer is None:
            return
        assert layer.ids is not None
        np.testing.assert_array_equal(np.unique(layer.ids), [0, 2, 3])
        np.testing.assert_array_equal(layer.ids > 0, np.isfinite(depth_of(layer)))
        middle = CAMERA.project(np.array([[-0.08, 0, 0.45], [0.08, 0.02, 0.45], [0.08, -0.05, 0.4]]))
        found = [int(layer.ids[round(float(y)), round(float(x))]) for x, y in middle]
        assert found == [2, 3, 0]

    def test_normals_are_those_of_the_surface(self, renderer: Renderer) -> None:
        """On a sphere the normal is the way from its middle to the point that depth gives, turned to the eye; else zero."""
        asset = sphere(segments=64)
        layer = self.drawn(renderer, "normals", lambda: self.render(renderer, Item(asset=asset), normals=True))
        if layer is None:
            return
        assert layer.normals is not None
        depth = depth_of(layer)
        seen = np.isfinite(depth)
        assert not layer.normals[~seen].any()
        np.testing.assert_allclose(np.linalg.norm(layer.normals[seen], axis=1), 1, atol=1e-4)
        points = _points(depth)[seen]
        outward = points / np.linalg.norm(points, axis=1, keepdims=True)
        assert ((layer.normals[seen] * outward).sum(axis=1) > np.cos(np.radians(1.0))).all()

    def test_a_flat_surface_seen_from_behind_turns_its_normal(self, renderer: Renderer) -> None:
        """Two-sided and without normals in the file: the normal is the triangle's, on the side of the eye."""
        (primitive,) = plane().meshes[0].primitives
        bare = replace(primitive, attributes={"POSITION": primitive.attributes["POSITION"]}, material=0)
        asset = replace(plane(material=Material(double_sided=True)), meshes=(replace(plane().meshes[0], primitives=(bare,)),))
        behind = look_at(np.array([0.0, 0.0, -0.5]), np.zeros(3))
        layer = self.drawn(renderer, "normals", lambda: self.render(renderer, Item(asset=asset), normals=True, pose=behind))
        if layer is not None:
            assert layer.normals is not None
            np.testing.assert_allclose(layer.normals.reshape(-1, 3), np.tile([0.0, 0, -1], (layer.normals.size // 3, 1)), atol=1e-4)

    # Surfaces

    def test_one_side_is_seen_or_both(self, renderer: Renderer) -> None:
        """From behind, a plane is there only if its material has two sides (a path tracer may show both)."""
        if "one_sided" not in renderer.capabilities().features:
            return
        behind = look_at(np.array([0.0, 0.0, -0.5]), np.zeros(3))
        for two_sided in (False, True):
            layer = self.render(renderer, Item(asset=plane(material=Material(double_sided=two_sided))), pose=behind)
            assert np.isfinite(depth_of(layer)).all() == two_sided
            assert layer.colour.any() == two_sided

    def test_a_mirrored_pose_keeps_the_front_outside(self, renderer: Renderer) -> None:
        """A scale of -1 turns the winding; the near face is seen all the same."""
        mirrored = Item(asset=cube(), world_from_asset=np.diag([-1.0, 1, 1, 1]))
        np.testing.assert_allclose(depth_of(self.render(renderer, mirrored)).min(), 0.45, atol=1e-5)

    def test_textures_stand_upright(self, renderer: Renderer) -> None:
        """The first row of a picture is the upper edge of the plane, its first column the left one."""
        pixels = np.zeros((8, 8, 3), np.uint8)
        pixels[:4, :4], pixels[:4, 4:], pixels[4:, :4] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
        material = Material(metallic_factor=0.0, base_color_texture=TextureInfo(texture=0))
        asset = textured(plane(width_m=0.2, height_m=0.2, material=material), pixels)
        colour = self.render(renderer, Item(asset=asset)).colour
        x, y = (round(float(v)) for v in CAMERA.k[:2, 2])
        corners = [colour[y - 16, x - 16], colour[y - 16, x + 16], colour[y + 16, x - 16]]
        assert [int(corner[:3].argmax()) for corner in corners] == [0, 1, 2]
        assert colour[y + 16, x + 16, :3].max() < 0.1

    def test_textures_cut_holes(self, renderer: Renderer) -> None:
        """Where a mask is below its cutoff there is neither colour nor depth."""
        pixels = np.full((256, 256, 4), 255, np.uint8)
        pixels[:, :128, 3] = 0
        material = Material(alpha_mode="MASK", base_color_texture=TextureInfo(texture=0))
        asset = textured(plane(width_m=2, height_m=2, material=material), pixels)
        layer = self.drawn(renderer, "alpha_test", lambda: self.render(renderer, Item(asset=asset)))
        if layer is not None:
            middle = round(float(CAMERA.k[0, 2]))
            assert np.isposinf(depth_of(layer)[:, : middle - 4]).all()
            assert not layer.colour[:, : middle - 4].any()
            np.testing.assert_allclose(depth_of(layer)[:, middle + 5 :], 0.5, atol=1e-5)

    def test_alpha_of_vertices_cuts_holes(self, renderer: Renderer) -> None:
        """Alpha from 0 on the left to 1 on the right is cut where it reaches the cutoff, not before and not softly."""
        wall = plane(width_m=0.2, height_m=0.2, material=Material(alpha_mode="MASK"))
        (primitive,) = wall.meshes[0].primitives
        right = primitive.attributes["POSITION"][:, :1] > 0
        colours = np.concatenate([np.ones((len(right), 3)), right], axis=1).astype(np.float32)
        coloured = replace(primitive, attributes={**primitive.attributes, "COLOR_0": colours})
        item = Item(asset=replace(wall, meshes=(replace(wall.meshes[0], primitives=(coloured,)),)))
        layer = self.drawn(renderer, "alpha_test", lambda: self.render(renderer, item))
        if layer is not None:
            row, middle = round(float(CAMERA.k[1, 2])), round(float(CAMERA.k[0, 2]))
            there = np.isfinite(depth_of(layer)[row])
            assert not there[: middle - 2].any()
            assert there[middle + 2 : middle + 20].all()
            assert not layer.colour[row, : middle - 3].any()
            np.testing.assert_allclose(layer.colour[row, middle + 3 : middle + 20, 3], 1)

    # Cameras

    def test_far_from_the_origin_nothing_is_lost(self, renderer: Renderer) -> None:
        """The same picture 1 km away."""
        here = depth_of(self.render(renderer, Item(asset=cube())))
        far = np.array([1000.0, 0, -300])
        pose = POSE.copy()
        pose[:3, 3] += far
        there = depth_of(self.render(renderer, at(cube(), far), pose=pose))
        assert (np.isfinite(here) != np.isfinite(there)).mean() < 2e-3
        both = np.isfinite(here) & np.isfinite(there)
        np.testing.assert_allclose(np.median(np.abs(here[both] - there[both])), 0, atol=5e-5)

    def test_lens_distortion(self, renderer: Renderer) -> None:
        """The edges of a plane bend as OpenCV says."""
        camera = replace(CAMERA, distortion=(-0.3, 0.1, 0.01, -0.005))
        item = Item(asset=plane(width_m=0.2, height_m=0.16))
        layer = self.drawn(renderer, "distortion", lambda: self.render(renderer, item, camera=camera))
        if layer is not None:
            edge = np.linspace(-1, 1, 50)
            corners = np.array([(0.1, -0.08), (0.1, 0.08), (-0.1, 0.08), (-0.1, -0.08)])
            outline = np.concatenate([a + (b - a) * (edge[:, None] + 1) / 2 for a, b in zip(corners, np.roll(corners, 1, 0), strict=True)])
            expected = distort(outline / 0.5, camera.distortion) @ camera.k[:2, :2].T + camera.k[:2, 2]
            _assert_outline(np.isfinite(depth_of(layer)), expected)
            np.testing.assert_allclose(depth_of(layer)[np.isfinite(depth_of(layer))], 0.5, atol=1e-4)

    def test_skewed_axes(self, renderer: Renderer) -> None:
        """A K with skew shears the picture."""
        k = CAMERA.k.copy()
        k[0, 1] = 40
        camera = replace(CAMERA, k=k)
        layer = self.drawn(renderer, "skew", lambda: self.render(renderer, Item(asset=plane(width_m=0.1, height_m=0.1)), camera=camera))
        if layer is not None:
            corners = np.array([[-0.05, -0.05, 0.5], [0.05, -0.05, 0.5], [0.05, 0.05, 0.5], [-0.05, 0.05, 0.5]])
            _assert_outline(np.isfinite(depth_of(layer)), camera.project(corners))

    def test_inside_and_behind(self, renderer: Renderer) -> None:
        """An eye inside a body, whose backs are not drawn, or with a body behind it, sees nothing."""
        for distance in (0.0, -0.3) if "one_sided" in renderer.capabilities().features else (-0.3,):
            layer = self.render(renderer, Item(asset=cube()), pose=look_at(np.array([0, 0, distance]), np.array([0, 0, distance - 1])))
            assert np.isposinf(depth_of(layer)).all()
            assert not layer.colour.any()

    def test_one_pixel(self, renderer: Renderer) -> None:
        """The smallest picture."""
        camera = Camera(k=np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]), width_px=1, height_px=1)
        layer = self.render(renderer, Item(asset=plane()), camera=camera, samples=1)
        np.testing.assert_allclose(depth_of(layer), [[0.5]], atol=1e-5)
        assert layer.colour[0, 0, 3] == 1

    # Light and photos

    def test_the_sun_casts_shadows(self, renderer: Renderer) -> None:
        """A plane that faces the sun is lit but for where a body stands between."""
        sun = Sun(to_light=(1.0, 0, 1.0), irradiance=(2.0, 2.0, 2.0))
        dark = replace(constant_light(0.0), sun=sun)
        wall = Item(asset=plane(width_m=3, height_m=3, material=Material(metallic_factor=0.0)))
        ball = at(cube(edge_m=0.02), (0.1, 0, 0.1))
        layer = self.drawn(renderer, "sun", lambda: self.render(renderer, wall, ball, lighting=dark))
        if layer is not None:
            (x, y), (lit_x, lit_y) = (np.rint(p).astype(int) for p in CAMERA.project(np.array([[0, 0, 0.5], [-0.1, 0.08, 0.5]])))
            expected = 2 / np.pi * np.sqrt(0.5)
            assert layer.colour[y, x, 0] < 0.15 * expected
            np.testing.assert_allclose(layer.colour[lit_y, lit_x, :3], expected, rtol=0.2)

    def test_light_that_is_kept_off_is_taken_off(self, renderer: Renderer) -> None:
        """Shares of the light all around and of the sun, at the place of the picture; what shines itself stays."""
        sun = Sun(to_light=(0.3, 0.2, 1.0), irradiance=(1.0, 2.0, 3.0))
        wall = Item(asset=plane(width_m=2, height_m=2, material=Material(emissive_factor=(0.0, 0.1, 0.0))))
        light = constant_light(0.5)
        left = np.ones((3, 4, 2), np.float32)
        left[0] = 0.25, 0.75
        layer = self.drawn(renderer, "light_left", lambda: self.render(renderer, wall, lighting=replace(light, sun=sun, left=left)))
        if layer is not None:
            whole, around, shining = (
                self.render(renderer, wall, lighting=one).colour[..., :3] for one in (replace(light, sun=sun), light, constant_light(0.0))
            )
            taken = shining + 0.25 * (around - shining) + 0.75 * (whole - around)
            np.testing.assert_allclose(layer.colour[:15, ..., :3], taken[:15], atol=2e-3)
            np.testing.assert_allclose(layer.colour[50:, ..., :3], whole[50:], atol=2e-3)

    def test_planes_do_not_hang_on_the_picture(self, renderer: Renderer) -> None:
        """Without colour depth is the same."""
        item = Item(asset=cube())
        np.testing.assert_array_equal(depth_of(self.render(renderer, item, colour=False)), depth_of(self.render(renderer, item)))

    def test_lights_of_products_shine(self, renderer: Renderer) -> None:
        """E lux on a matte wall show E cos / pi, I candela at d metres I cos / (pi d^2) (KHR_lights_punctual)."""
        matte = Material(metallic_factor=0.0, roughness_factor=1.0, extensions={"KHR_materials_specular": {"specularFactor": 0.0}})
        wall = Item(asset=plane(width_m=2, height_m=2, material=matte))
        middle = tuple(np.rint(CAMERA.k[1::-1, 2]).astype(int))
        for light, expected in (
            ({"type": "directional", "intensity": 2.0, "color": (1.0, 0.5, 0.25)}, np.array([2.0, 1.0, 0.5]) / np.pi),
            ({"type": "point", "intensity": 0.1}, np.full(3, 0.1 / 0.3**2 / np.pi)),
            ({"type": "spot", "intensity": 0.1, "spot": {"innerConeAngle": 0.2, "outerConeAngle": 0.3}}, np.full(3, 0.1 / 0.3**2 / np.pi)),
        ):
            shining = at(Asset(meshes=(), nodes=(Node(light=0),), lights=(light,)), (0, 0, 0.3))
            asked = partial(self.render, renderer, wall, shining, lighting=constant_light(0.0))
            layer = self.drawn(renderer, "punctual_lights", asked)
            if layer is not None:
                np.testing.assert_allclose(layer.colour[middle][:3], expected, rtol=0.1)  # pyrender's surfaces mirror 4 % in any case

    def test_a_photo_hides_what_is_behind_it(self, renderer: Renderer) -> None:
        """Depth in the left half stands before the wall; unknown depth hides nothing."""
        photo = np.full((96, 128), 0.3, np.float32)
        photo[:, 64:], photo[:10, 64:], photo[10:20, 64:] = 0.49, np.nan, 0
        wall = Item(asset=plane(width_m=2, height_m=2))
        layer = self.drawn(renderer, "hidden_behind", lambda: self.render(renderer, wall, hidden_behind_m=photo))
        if layer is not None:
            assert not layer.colour[:, :63].any()
            assert np.isposinf(depth_of(layer)[:, :63]).all()
            assert (layer.colour[:, 66:, 3] == 1).all()
            np.testing.assert_allclose(depth_of(layer)[:, 66:], 0.5, atol=1e-5)

    def test_a_catcher_shows_shadow_alone(self, renderer: Renderer) -> None:
        """Black with alpha under a body, clear far away, and no surface in depth."""
        lying = np.eye(4)
        lying[:3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
        lying[1, 3] = -0.05
        floor = Item(asset=plane(width_m=4, height_m=4), world_from_asset=lying, role="shadow_catcher")
        above = look_at(np.array([0.0, 0.5, 0.5]), np.zeros(3))
        layer = self.drawn(renderer, "shadow_catcher", lambda: self.render(renderer, Item(asset=cube()), floor, pose=above))
        if layer is not None:
            shadow = np.isposinf(depth_of(layer))
            assert shadow.any()
            assert not shadow.all()
            assert layer.colour[..., 3][shadow].max() > 0.1
            assert not layer.colour[..., :3][layer.colour[..., 3] == 0].any()
            outer = layer.colour[:5, :5]
            assert outer[..., 3].max() < 0.1
            assert np.abs(outer[..., :3]).max() < 0.01

    # Life

    def test_an_animation_is_shown_at_its_time(self, renderer: Renderer) -> None:
        """A body that moves 0.1 m to the eye in a second is half of it nearer after half of the time."""
        track = Track(node=0, path="translation", times=np.array([0.0, 1.0]), values=np.array([[0, 0, 0], [0, 0, 0.1]]))
        moving = replace(cube(), animations=(Animation(tracks=(track,), name="come"),))
        rest, half = (
            depth_of(self.render(renderer, item)).min() for item in (Item(asset=moving), Item(asset=moving, animation="come", time_s=0.5))
        )
        np.testing.assert_allclose(rest - half, 0.05, atol=1e-5)


def _points(depth: Array) -> Array:
    """Return (H, W, 3): where in the world each pixel's centre lies at its depth."""
    y, x = np.mgrid[: depth.shape[0], : depth.shape[1]].astype(np.float64)
    rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ np.linalg.inv(CAMERA.k).T
    with np.errstate(invalid="ignore"):
        out: Array = (rays * depth[..., None]) @ POSE[:3, :3].T + POSE[:3, 3]
    return out


def _assert_outline(mask: Array, outline: Array) -> None:
    """Assert that a mask is what lies within the polygon (N, 2) of pixels; centres within 0.6 px of its edge do not count."""
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float64)
    a, b = outline, np.roll(outline, -1, axis=0)
    ahead = b - a
    length = np.maximum((ahead**2).sum(axis=1), 1e-12)
    to = np.stack([x, y], axis=-1)[..., None, :] - a
    share = ((to * ahead).sum(axis=-1) / length).clip(0, 1)
    near = np.linalg.norm(to - share[..., None] * ahead, axis=-1).min(axis=-1) < 0.6
    crosses = (a[:, 1] > y[..., None]) != (b[:, 1] > y[..., None])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[:, 0] + (y[..., None] - a[:, 1]) / (b[:, 1] - a[:, 1]) * ahead[:, 0]
    inside = (crosses & (x[..., None] < at)).sum(axis=-1) % 2 == 1
    assert inside.any()
    np.testing.assert_array_equal(mask[~near], inside[~near])
