"""3MF: unit, components, colours and textures; packages that bomb, loop or lead outside are refused."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, FormatError, LimitError, MeshError
from arviz.core.graph import bounds, drawn, size
from arviz.core.image import Image, encode
from arviz.formats.read import read

RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Target="/3D/it.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
HEAD = (
    '<model {unit} xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" '
    'xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02" '
    'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06">'
)
VERTICES = (
    '<vertices><vertex x="0" y="0" z="0"/><vertex x="10" y="0" z="0"/><vertex x="0" y="20" z="0"/><vertex x="0" y="0" z="30"/></vertices>'
)
FACES = [(0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3)]


def triangles(properties=None):
    rows = "".join(
        f'<triangle v1="{a}" v2="{b}" v3="{c}" {(properties or [""] * 4)[i]}/>' for i, (a, b, c) in enumerate(FACES)
    )  # fmt: skip
    return f"<triangles>{rows}</triangles>"


def tetrahedron(*, id=1, attributes='name="wedge"', properties=None):
    return f'<object id="{id}" {attributes}><mesh>{VERTICES}{triangles(properties)}</mesh></object>'


def model(*, unit='unit="millimeter"', resources=None, items='<item objectid="1"/>'):
    return f"{HEAD.format(unit=unit)}<resources>{resources or tetrahedron()}</resources><build>{items}</build></model>"


def package(main=None, *, method=zipfile.ZIP_DEFLATED, **parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("_rels/.rels", RELS)
        archive.writestr("3D/it.model", main or model())
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def load(**parts):
    return read(package(model(**parts)), format="3mf")


@pytest.mark.parametrize(
    ("unit", "metres", "source"),
    [
        ('unit="millimeter"', 0.001, "file"),
        ("", 0.001, "format"),
        ('unit="inch"', 0.0254, "file"),
        ('unit="meter"', 1, "file"),
        ('unit="micron"', 1e-6, "file"),
    ],
)
def test_the_unit_gives_the_true_size(unit, metres, source):
    product = load(unit=unit)
    # Z is up in the file: 10 wide, 20 deep, 30 high.
    assert size(product) == pytest.approx(np.array([10, 30, 20]) * metres, rel=1e-6)
    assert product.source.unit_source == source


def test_the_shared_assembly_agrees_with_trimesh(data):
    product = read(data / "formats" / "counterXP.3MF")
    # trimesh 5.2: extents 304.8 x 304.4088 x 25.838251 mm, area 169951.384 mm2, Z up.
    assert size(product) == pytest.approx((0.3048, 0.025838251, 0.3044088), abs=1e-7)
    total = 0.0
    for piece in drawn(product):
        a, b, c = piece.positions.astype(np.float64)[piece.primitive.triangles].transpose(1, 0, 2)
        total += np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert total == pytest.approx(0.169951384, rel=1e-6)
    assert len(product.meshes) == 2
    assert product.nodes[0].name == "counterXP"
    assert len(list(drawn(product))) >= 6


def test_components_share_a_mesh_and_transform_row_vectors():
    resources = tetrahedron() + (
        '<object id="2" name="pair"><components><component objectid="1"/>'
        '<component objectid="1" transform="0 1 0 -1 0 0 0 0 1 100 0 0"/></components></object>'
    )
    product = load(resources=resources, items='<item objectid="2"/>')
    assert len(product.meshes) == 1
    assert [node.name for node in product.nodes] == ["pair", "wedge", "wedge"]
    low, high = bounds(product) * 1000
    # The second is turned by 90 degrees about z: (10, 0, 0) goes to (100, 10, 0), (0, 20, 0) to (80, 0, 0).
    assert (high - low) == pytest.approx([100, 30, 20], abs=1e-4)


def test_base_materials_and_their_metal():
    resources = (
        '<m:pbmetallicdisplayproperties id="7"><m:pbmetallic name="a" metallicness="1" roughness="0.25"/>'
        '<m:pbmetallic name="b" metallicness="0" roughness="1"/></m:pbmetallicdisplayproperties>'
        '<basematerials id="5" displaypropertiesid="7"><base name="steel" displaycolor="#FF8000"/>'
        '<base name="glass" displaycolor="#FFFFFF80"/></basematerials>'
    ) + tetrahedron(attributes='pid="5" pindex="0"', properties=["", "", 'pid="5" p1="1"', 'pid="5" p1="1"'])
    product = load(resources=resources)
    steel, glass = product.materials
    assert (steel.name, steel.metallic_factor, steel.roughness_factor) == ("steel", 1, 0.25)
    assert steel.base_color_factor == pytest.approx((1, 0.2158605, 0, 1), abs=1e-6)
    assert (glass.name, glass.alpha_mode) == ("glass", "BLEND")
    assert glass.base_color_factor[3] == pytest.approx(128 / 255)
    assert [len(p.triangles) for p in product.meshes[0].primitives] == [2, 2]


def test_one_colour_becomes_a_material_and_several_become_vertex_colours():
    group = '<m:colorgroup id="5"><m:color color="#FF0000"/><m:color color="#00FF00"/></m:colorgroup>'
    one = load(resources=group + tetrahedron(attributes='pid="5" pindex="1"'))
    assert one.materials[0].base_color_factor == pytest.approx((0, 1, 0, 1))
    several = load(resources=group + tetrahedron(properties=['pid="5" p1="0" p2="1" p3="0"'] * 4))
    primitive = several.meshes[0].primitives[0]
    assert {tuple(colour) for colour in primitive.attributes["COLOR_0"].tolist()} == {(1, 0, 0, 1), (0, 1, 0, 1)}
    assert several.materials[0].base_color_factor == (1, 1, 1, 1)


def test_textures_come_from_inside_the_package():
    picture = encode(Image(pixels=np.full((2, 2, 3), 99, np.uint8)), "PNG")
    group = (
        '<m:texture2d id="8" path="/3D/Textures/Oak.png" contenttype="image/png"/><m:texture2dgroup id="5" texid="8">'
        '<m:tex2coord u="0" v="0"/><m:tex2coord u="1" v="0"/><m:tex2coord u="0" v="1"/></m:texture2dgroup>'
    )
    main = model(resources=group + tetrahedron(properties=['pid="5" p1="0" p2="1" p3="2"'] * 4))
    product = read(package(main, **{"3D/Textures/oak.png": picture}), format="3mf")
    assert product.images[0].data == picture
    uv = {tuple(row) for row in product.meshes[0].primitives[0].attributes["TEXCOORD_0"].tolist()}
    assert uv == {(0, 1), (1, 1), (0, 0)}


def test_production_parts_are_read_from_the_package():
    main = model(resources="<x/>", items='<item objectid="1" p:path="/3D/parts/leg.model"/>')
    product = read(package(main, **{"3D/parts/leg.model": model(items="")}), format="3mf")
    assert size(product) == pytest.approx((0.01, 0.03, 0.02))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04", "E_ARCHIVE"),
        (b"no zip at all", "E_ARCHIVE"),
        (package("<html/>"), "E_3MF"),
        (package("<model"), "E_XML"),
        (package('<!DOCTYPE m [<!ENTITY a "b">]><model/>'), "E_XML_ENTITY"),
        (package(model(items="")), "E_NO_TRIANGLES"),
        (package(model(items='<item objectid="9"/>')), "E_3MF"),
        (package(model(items="<item/>")), "E_3MF"),
        (package(model(items='<item objectid="1" p:path="/3D/gone.model"/>')), "E_3MF"),
        (package(model(unit='unit="parsec"')), "E_3MF"),
        (package(model(items='<item objectid="1" transform="1 0 0"/>')), "E_3MF"),
        (package(model().replace('v3="1"', 'v3="4"')), "E_3MF"),
        (package(model().replace('v3="1"', 'v3="-1"')), "E_3MF"),
        (package(model().replace('v3="1"', 'v3="99999999999999999999"')), "E_3MF"),
        (package(model().replace('x="10"', 'x="nan"')), "E_NOT_FINITE"),
        (package(model().replace('x="10"', 'x="ten"')), "E_3MF"),
        (package(**{"../out.png": b"x"}), "E_ARCHIVE_PATH"),
        (package(**{"/etc/x": b"x"}), "E_ARCHIVE_PATH"),
        (package(**{"C:/x": b"x"}), "E_ARCHIVE_PATH"),
        (package(**{"3d/IT.model": b"x"}), "E_ARCHIVE_PATH"),
        (package(model(), method=zipfile.ZIP_BZIP2), "E_ARCHIVE"),
    ],
)
def test_broken_packages_end_in_one_clear_error(content, code):
    with pytest.raises((FormatError, MeshError)) as caught:
        read(content, format="3mf")
    assert caught.value.code == code


@pytest.mark.parametrize("depth", [1, 3])
def test_components_that_hold_themselves_are_refused(depth):
    ring = '<object id="{0}"><components><component objectid="{1}"/></components></object>'
    rings = "".join(ring.format(i + 1, (i + 1) % depth + 1) for i in range(depth))
    with pytest.raises(FormatError) as caught:
        load(resources=rings)
    assert caught.value.code == "E_CYCLE"


def test_doubling_components_end_at_the_limit():
    levels = "".join(
        f'<object id="{i}"><components>{f"""<component objectid="{i - 1}"/>""" * 2}</components></object>' for i in range(2, 42)
    )
    with pytest.raises(LimitError) as caught:
        load(resources=tetrahedron() + levels, items='<item objectid="41"/>')
    assert caught.value.code == "E_LIMIT_NODES"


def test_bombs_are_refused_while_they_inflate():
    with pytest.raises(LimitError) as caught:
        read(package(model() + " " * 50_000_000), format="3mf")
    assert caught.value.code == "E_LIMIT_UNZIP"
    with pytest.raises(LimitError) as caught:
        read(package(**{f"x{i}": b"" for i in range(2100)}), format="3mf")
    assert caught.value.code == "E_LIMIT_ENTRIES"


@given(st.data())
@settings(max_examples=60)
def test_any_changed_byte_ends_in_an_asset_or_a_clear_error(draw):
    content = bytearray(package(method=zipfile.ZIP_STORED))
    for _ in range(draw.draw(st.integers(1, 4))):
        content[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(0, 255))
    try:
        product = read(bytes(content), format="3mf")
    except ArvizError:
        return
    assert product.meshes
