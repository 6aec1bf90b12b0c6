"""FBX: unit, axes, hierarchy, geometric transforms, polygons, materials, textures; damaged files never end this process."""

import random

import numpy as np
import pytest

from arviz.core.colour import srgb_to_linear
from arviz.core.errors import ArvizError, FormatError, LimitError, MeshError
from arviz.core.graph import bounds, drawn, size
from arviz.core.image import Image, encode
from arviz.core.limits import Limits
from arviz.formats.read import format_of, read
from tests.formats.fbx_text import SQUARE, axes, document, material, mesh, node, texture
from tests.seeds import drawn_seed

RED = np.zeros((4, 4, 3), np.uint8) + np.array([200, 10, 10], np.uint8)


def load(*objects, links, settings=None, **options):
    return read(document(*objects, links=links, settings=settings), format="fbx", **options)


def board(*extra, links=(), settings=None, geometry=None, **options):
    return load(geometry or mesh(), node(20, "board"), *extra, links=[(10, 20), (20, 0), *links], settings=settings, **options)


def outcome(content):
    """Return the exit code that a file ends with."""
    try:
        return 0 if read(content, format="fbx").meshes else None
    except ArvizError as error:
        return error.exit_code


def codes(asset):
    return {finding.code for finding in asset.source.findings}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The glTF originals of both (Khronos glTF sample models, CC0), width, height, depth in metres.
        ("BoomBox.fbx", (0.019842, 0.019543, 0.020152)),
        ("WaterBottle.fbx", (0.108900, 0.260441, 0.108900)),
    ],
)
def test_shared_files_have_their_true_size(data, name, expected):
    asset = read(data / "formats" / name)
    assert size(asset) == pytest.approx(expected, abs=1e-6)
    assert (asset.source.unit, asset.source.unit_source) == ("cm", "file")
    assert asset.source.format == "fbx"
    (piece,) = drawn(asset)
    assert {"POSITION", "NORMAL", "TEXCOORD_0"} <= set(piece.primitive.attributes)


@pytest.mark.parametrize(("unit_cm", "unit", "metres"), [(0.1, "mm", 0.001), (2.54, "in", 0.0254), (7, "m", 0.07)])
def test_unit(unit_cm, unit, metres):
    asset = read(document(mesh(), node(20, "board"), links=[(10, 20), (20, 0)], settings=axes(unit_cm=unit_cm)), format="fbx")
    assert size(asset) == pytest.approx((100 * metres, 200 * metres, 0), rel=1e-6)
    assert asset.source.unit == unit


@pytest.mark.parametrize(("right", "up", "front"), [("+X", "+Z", "-Y"), ("+Z", "+X", "+Y")])
def test_axes(right, up, front):
    asset = board(settings=axes(right=right, up=up, front=front))
    assert (asset.source.up, asset.source.front) == (up, front)


def test_a_left_handed_file_is_mirrored_and_says_so():
    asset = board(settings=axes(right="+X", up="+Z", front="+Y"))
    assert "I_FBX_LEFT_HANDED" in codes(asset)
    low, high = bounds(asset)
    assert (low[0], high[0]) == pytest.approx((0, 1), abs=1e-6)  # what was right is right


def test_places_are_those_of_the_sdk():
    """Node = T R S, vertices moved by the geometric translation first (FBX SDK, "Transformations"); angles X, then Y, then Z."""
    rng = np.random.default_rng(drawn_seed())
    square = np.array(SQUARE, float)
    objects, links, expected = [], [], []
    for i in range(40):
        move, turn, geometric = rng.uniform(-500, 500, 3), rng.uniform(-180, 180, 3), rng.uniform(-50, 50, 3)
        scale = rng.choice([-2.0, -1.0, 0.5, 1.0, 3.0], 3)
        properties = {"Lcl_Translation": move, "Lcl_Rotation": turn, "Lcl_Scaling": scale, "GeometricTranslation": geometric}
        objects += [mesh(number=1000 + i), node(2000 + i, f"board {i}", **properties)]
        links += [(1000 + i, 2000 + i), (2000 + i, 0)]
        x, y, z = np.deg2rad(turn)
        rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
        ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
        rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
        expected.append((((square + geometric) * scale) @ (rz @ ry @ rx).T + move) / 100)
    asset = load(*objects, links=links)
    pieces = {piece.node: piece for piece in drawn(asset)}
    assert len(asset.nodes) == 40
    for i, corners in enumerate(expected):
        piece = pieces[next(number for number, each in enumerate(asset.nodes) if each.name == f"board {i}")]
        distance = np.linalg.norm(piece.positions[:, None] - corners, axis=2)
        assert max(distance.min(axis=0).max(), distance.min(axis=1).max()) < 2e-5


def test_hierarchy_and_names():
    asset = load(
        mesh(), node(20, "seat"), node(21, "leg", Lcl_Translation=(0, -10, 0)), links=[(20, 0), (21, 20), (10, 20), (10, 21)]
    )  # fmt: skip
    seat = next(i for i, each in enumerate(asset.nodes) if each.name == "seat")
    assert [asset.nodes[child].name for child in asset.nodes[seat].children] == ["leg"]
    assert len(asset.meshes) == 1, "one geometry, two places"


def test_one_primitive_per_material_and_concave_polygons():
    arrow = ((0, 0, 0), (4, 0, 0), (4, 4, 0), (2, 1, 0), (0, 4, 0), (9, 9, 0), (8, 9, 0))
    asset = board(
        material(30, "oak", DiffuseColor=(1, 0, 0)),
        material(31, "steel", DiffuseColor=(0, 0, 1)),
        geometry=mesh(points=arrow, faces=((0, 1, 2, 3, 4), (2, 5, 6)), materials=(0, 1)),
        links=[(30, 20), (31, 20)],
    )
    (piece,) = asset.meshes
    assert [asset.materials[each.material].name for each in piece.primitives] == ["oak", "steel"]
    triangles = piece.primitives[0].positions.astype(float)[piece.primitives[0].triangles]
    area = np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1).sum() / 2
    assert area == pytest.approx((4 * 4 - 0.5 * 4 * 3) * 0.01**2)


def test_classic_colours_are_srgb_and_blend():
    paint = material(30, "paint", DiffuseColor=(0.5, 0.2, 1), DiffuseFactor=(1,), TransparentColor=(1, 1, 1), TransparencyFactor=(0.25,))
    asset = board(paint, links=[(30, 20)])
    (surface,) = asset.materials
    assert surface.base_color_factor[:3] == pytest.approx(srgb_to_linear(np.array([0.5, 0.2, 1])).tolist(), abs=1e-4)
    assert surface.base_color_factor[3] == pytest.approx(0.75)
    assert surface.alpha_mode == "BLEND"
    assert surface.metallic_factor == 0


@pytest.mark.parametrize("embedded", [True, False])
def test_textures_inside_and_beside(tmp_path, embedded):
    picture = encode(Image(pixels=RED), "PNG")
    file = document(
        mesh(), node(20, "board"), material(30, "paint"), texture(40, "oak.png", content=picture if embedded else b""),
        links=[(10, 20), (20, 0), (30, 20), (40, 30, "DiffuseColor"), (41, 40)],
    )  # fmt: skip
    path = tmp_path / "board.fbx"
    path.write_bytes(file)
    if not embedded:
        (tmp_path / "oak.png").write_bytes(picture)
    asset = read(path)
    (surface,) = asset.materials
    assert surface.base_color_texture is not None
    assert asset.images[asset.textures[surface.base_color_texture.texture].image].data == picture
    assert surface.base_color_factor == (1, 1, 1, 1)
    (piece,) = drawn(asset)
    corner = np.argmax(piece.positions.sum(axis=1))
    assert piece.primitive.attributes["TEXCOORD_0"][corner] == pytest.approx((0.5, 0))  # u = 100 / 200, v = 1 - 200 / 200


def test_a_texture_outside_is_not_opened(tmp_path):
    (tmp_path / "secret.png").write_bytes(encode(Image(pixels=RED), "PNG"))
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "board.fbx"
    links = [(10, 20), (20, 0), (30, 20), (40, 30, "DiffuseColor"), (41, 40)]
    path.write_bytes(document(mesh(), node(20, "board"), material(30, "paint"), texture(40, "../secret.png"), links=links))
    asset = read(path)
    assert not asset.images
    assert "W_TEXTURE_MISSING" in codes(asset)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"Kaydara FBX Binary  \x00\x1a\x00", FormatError),
        (b"Kaydara FBX Binary  \x00\x1a\x00\xe8\x1c\x00\x00" + bytes(200), (FormatError, MeshError)),
        (document(node(20, "empty"), links=[(20, 0)]), MeshError),
        (
            document(
                mesh(points=((0, 0, 0), (float("nan"), 0, 0), (0, 1, 0)), faces=((0, 1, 2),)), node(20, "x"), links=[(10, 20), (20, 0)]
            ),
            MeshError,
        ),
        (document(mesh(faces=((0, 1, 9),)), node(20, "x"), links=[(10, 20), (20, 0)]), (FormatError, MeshError)),
    ],
)
def test_what_is_no_product_is_refused(content, error):
    with pytest.raises(error) as told:
        read(content, format="fbx")
    assert told.value.exit_code in (3, 4)


def test_limits():
    with pytest.raises(LimitError):
        board(limits=Limits(vertices=3))


def test_the_first_bytes_tell():
    assert format_of(b"Kaydara FBX Binary  \x00\x1a\x00") == "fbx"


def test_untrusted_files_are_rebuilt():
    file = document(mesh(), node(20, "a\u202eb\u200b"), links=[(10, 20), (20, 0)])
    asset = read(file, format="fbx", trust="untrusted")
    assert [each.name for each in asset.nodes] == ["ab"]


def test_damaged_files_are_told(data):
    """Through the child: whatever the library does there, this process gets an error of the file, or a product."""
    whole = (data / "formats" / "WaterBottle.fbx").read_bytes()
    rng = random.Random(drawn_seed())
    for _ in range(3):
        damaged = bytearray(whole[: rng.randrange(30, len(whole))] if rng.random() < 0.3 else whole)
        for _ in range(rng.choice([1, 10, 100])):
            damaged[rng.randrange(23, len(damaged))] = rng.randrange(256)
        assert outcome(bytes(damaged)) in (0, 3, 4)
