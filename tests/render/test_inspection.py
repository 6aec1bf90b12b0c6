"""What lies beneath a look, on shapes of which everything is known."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.image import Image, encode
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.core.scene import Item, Lighting, Scene
from arviz.render.environment import load_environment
from arviz.render.inspection import BARE, LINE, MOST_SURFACES, colours_of, inspect, texel_densities
from arviz.render.rays import RayScene
from arviz.render.renderer import RENDERERS, RenderOptions

SIZE = (160, 120)
CAMERA = Camera.from_fov(vertical_fov_rad=0.6, width_px=SIZE[0], height_px=SIZE[1])
WHITE = Image(pixels=np.full((SIZE[1], SIZE[0], 3), 255, np.uint8))
MIDDLE = (SIZE[1] // 2, SIZE[0] // 2)


def asset_of(*meshes: trimesh.Trimesh, uv=None, texture_px=None, scale=None, double_sided=False) -> Asset:
    more = {} if uv is None else {"TEXCOORD_0": np.asarray(uv, np.float32)}
    extensions = {} if scale is None else {"KHR_texture_transform": {"scale": list(scale)}}
    images, textures, info = (), (), None
    if texture_px is not None:
        picture = Image(pixels=np.full((texture_px[1], texture_px[0], 3), 200, np.uint8))
        images = (EncodedImage(data=encode(picture, "PNG"), mime_type="image/png"),)
        textures, info = (Texture(image=0),), TextureInfo(texture=0, extensions=extensions)
    primitives = tuple(Primitive(attributes={"POSITION": mesh.vertices, **more}, indices=mesh.faces, material=0) for mesh in meshes)
    material = Material(base_color_texture=info, double_sided=double_sided)
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=primitives),), materials=(material,), textures=textures, images=images)


def shown(asset: Asset, mode: str, *, eye=(0.0, 0.0, 4.0), variant=None):
    pose = look_at(np.array(eye), np.zeros(3))
    with RayScene([Item(asset=asset, variant=variant)]) as rays:
        return inspect(rays, CAMERA, world_from_camera=pose, mode=mode, behind=WHITE)


def square() -> tuple[trimesh.Trimesh, np.ndarray]:
    """A square of 2 m towards the eye, and its coordinates: u to the right, v down."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], float)
    return trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]], process=False), np.array([[0, 1], [1, 1], [1, 0], [0, 0]], float)


def places() -> np.ndarray:
    """Return where the ray of each pixel meets the plane z = 0 from (0, 0, 4): (H, W, 2)."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    rays = CAMERA.rays(np.stack([x, y], axis=2).astype(float))
    return 4 * rays[..., :2] * (1, -1)


@given(st.floats(0.05, 20), st.sampled_from([16, 64, 100]), st.sampled_from([16, 32, 250]), st.floats(0.1, 8))
@settings(max_examples=20)
def test_the_texel_density_of_a_square_is_exact(side, width, height, repeat):
    mesh, uv = square()
    mesh.apply_scale(side / 2)
    asset = asset_of(mesh, uv=uv, texture_px=(width, height), scale=(repeat, repeat))
    with RayScene([Item(asset=asset)]) as rays:
        found = texel_densities(rays)
    assert found.per_triangle == pytest.approx(np.sqrt(width * height) * repeat / side, rel=1e-5)
    assert found.area.sum() == pytest.approx(side**2, rel=1e-5)


def test_a_texture_counts_with_all_its_pixels_and_its_colour_is_that_of_the_scale():
    mesh, uv = square()
    found = shown(asset_of(mesh, uv=uv, texture_px=(4096, 16)), "texel_density")
    density = np.sqrt(4096 * 16) / 2
    assert found.scale is not None
    assert (found.scale.least, found.scale.median, found.scale.most) == pytest.approx((density,) * 3)
    assert found.scale.low < density < found.scale.high
    assert (found.image.pixels[MIDDLE] == colours_of(found.scale, np.array([density]))[0]).all()
    assert not found.bare


def test_what_has_no_texture_and_no_coordinates_is_grey_and_said():
    mesh, _ = square()
    for mode in ("texel_density", "uv"):
        found = shown(asset_of(mesh), mode)
        assert found.bare
        assert found.scale is None
        assert tuple(found.image.pixels[MIDDLE]) == BARE


@pytest.mark.parametrize("shells", [1, 2, 3])
def test_a_ray_meets_two_sides_of_each_hollow_cube(shells):
    boxes = [trimesh.creation.box((size, size, size)) for size in np.linspace(1, 0.5, shells)]
    found = shown(asset_of(*boxes), "overdraw", eye=(0.03, 0.05, 4.0))
    assert found.scale is not None
    assert found.scale.most >= 2 * shells
    assert (found.image.pixels[MIDDLE] == colours_of(found.scale, np.array([2 * shells]))[0]).all()
    assert (found.image.pixels[0, 0] == 255).all()


def test_more_surfaces_than_the_scale_has_look_like_its_end():
    boxes = [trimesh.creation.box((size, size, size)) for size in np.linspace(1, 0.3, MOST_SURFACES)]
    found = shown(asset_of(*boxes), "overdraw", eye=(0.03, 0.05, 4.0))
    assert found.scale is not None
    assert tuple(found.image.pixels[MIDDLE]) == found.scale.colours[-1]


def test_coordinates_are_the_colour_and_a_sixteenth_the_field():
    mesh, uv = square()
    found = shown(asset_of(mesh, uv=uv), "uv").image.pixels.astype(float)
    at = (places() * (1, -1) + 1) / 2
    inside = (np.abs(at * 16 - np.round(at * 16)) > 0.05).all(axis=2) & (at > 0).all(axis=2) & (at < 1).all(axis=2)
    dark = np.where(np.floor(at * 16).sum(axis=2) % 2 == 1, 0.7, 1.0)[..., None]
    assert inside.sum() > 1000
    assert np.abs(found[..., :2] - 255 * at * dark)[inside].max() <= 1


def test_normals_are_those_of_the_renderers_plane():
    ball = trimesh.creation.icosphere(subdivisions=3)
    asset = asset_of(ball)
    smooth = {**asset.meshes[0].primitives[0].attributes, "NORMAL": ball.vertex_normals}
    primitive = Primitive(attributes=smooth, indices=ball.faces, material=0)
    asset = Asset(nodes=asset.nodes, meshes=(Mesh(primitives=(primitive,)),), materials=asset.materials)
    pose = look_at(np.array([2.0, 1.0, 3.5]), np.zeros(3))
    found = shown(asset, "normals", eye=(2.0, 1.0, 3.5)).image.pixels
    scene = Scene(items=(Item(asset=asset),), lighting=Lighting(environment=load_environment("studio")))
    with RENDERERS.get("gl")() as renderer:
        options = RenderOptions(samples=1, colour=False, normals=True)
        plane = renderer.render(scene, CAMERA, world_from_camera=pose, options=options).normals
    assert plane is not None
    expected = np.round((plane @ pose[:3, :3] * (1, -1, -1) * 0.5 + 0.5) * 255)
    both = plane.any(axis=2) & (found != 255).any(axis=2)
    assert both.sum() > 1000
    assert np.abs(found - expected)[both].max() <= 1
    assert np.abs(found[MIDDLE].astype(int) - (128, 128, 255)).max() <= 4  # towards the eye


def test_wires_lie_on_the_edges_and_nowhere_else():
    """The diagonal and the border of a square, by the distance of each pixel to them."""
    mesh, _ = square()
    found = shown(asset_of(mesh), "wireframe").image.pixels.astype(int)
    at = places()
    per_pixel = 4 * 2 * np.tan(0.3) / SIZE[1]
    edges = np.stack([np.abs(1 - np.abs(at[..., 0])), np.abs(1 - np.abs(at[..., 1])), np.abs(at[..., 0] - at[..., 1]) / np.sqrt(2)])
    distance = edges.min(axis=0) / per_pixel
    inside = (np.abs(at) < 1).all(axis=2)
    assert (found[inside & (distance > 1.0)] == 255).all()
    on = inside & (distance < 0.3)
    assert on.sum() > 50
    assert np.abs(found[on] - LINE).max() <= 60


def test_hidden_wires_are_not_drawn():
    mesh, _ = square()
    behind = mesh.copy()
    behind.apply_translation((0, 0, -1))
    behind.apply_scale(0.5)
    assert (shown(asset_of(mesh, behind), "wireframe").image.pixels == shown(asset_of(mesh), "wireframe").image.pixels).all()


def test_an_edge_behind_the_eye_does_no_harm():
    box = trimesh.creation.box((0.5, 0.5, 40))
    box.invert()
    found = shown(asset_of(box), "wireframe", eye=(0.0, 0.02, 0.0001)).image.pixels
    assert (found < 200).any()
    assert (found > 240).any()


@pytest.mark.parametrize("mode", ["wireframe", "uv", "normals", "overdraw", "texel_density"])
def test_nothing_seen_leaves_what_is_behind(mode):
    mesh, uv = square()
    mesh.apply_translation((0, 0, 9))
    found = shown(asset_of(mesh, uv=uv, texture_px=(16, 16)), mode)
    assert (found.image.pixels == 255).all()


def test_beside_another_product_densities_have_the_colours_of_its_scale():
    mesh, uv = square()
    fine, coarse = asset_of(mesh, uv=uv, texture_px=(512, 512)), asset_of(mesh, uv=uv, texture_px=(64, 64))
    scale = shown(fine, "texel_density").scale
    assert scale is not None
    pose = look_at(np.array([0.0, 0.0, 4.0]), np.zeros(3))
    with RayScene([Item(asset=coarse)]) as rays:
        found = inspect(rays, CAMERA, world_from_camera=pose, mode="texel_density", behind=WHITE, scale=scale)
    assert tuple(found.image.pixels[MIDDLE]) == scale.colours[0]
    assert found.scale is not None
    assert found.scale.median == pytest.approx(32)
