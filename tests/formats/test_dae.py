"""COLLADA: unit, axes, hierarchy, polygons of every kind, materials; hostile XML never gets anywhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, FormatError, LimitError, MeshError
from arviz.core.graph import bounds, drawn, size
from arviz.core.image import Image, encode
from arviz.formats.read import read

SQUARE = """<source id="P"><float_array>{points}</float_array>
<technique_common><accessor source="#A" count="4" stride="3"><param name="X"/><param name="Y"/><param name="Z"/></accessor>
</technique_common></source>
<source id="T"><float_array>0 0 1 0 1 1 0 1</float_array>
<technique_common><accessor count="4" stride="2"><param name="S"/><param name="T"/></accessor></technique_common></source>
<vertices id="V"><input semantic="POSITION" source="#P"/></vertices>"""
INPUTS = '<input semantic="VERTEX" source="#V" offset="0"/><input semantic="TEXCOORD" source="#T" offset="1" set="0"/>'
POLYLIST = f'<polylist count="1" material="S">{INPUTS}<vcount>4</vcount><p>0 0 1 1 2 2 3 3</p></polylist>'
NODE = '<node id="N" name="seat">{transform}<instance_geometry url="#G">{binding}</instance_geometry></node>'
BINDING = """<bind_material><technique_common><instance_material symbol="S" target="#M">
<bind_vertex_input semantic="UV" input_semantic="TEXCOORD" input_set="0"/></instance_material></technique_common></bind_material>"""


def document(
    *,
    asset='<unit meter="0.01"/><up_axis>Y_UP</up_axis>',
    polygons=POLYLIST,
    points="0 0 0 100 0 0 100 200 0 0 200 0",
    model="",
    nodes=None,
    transform="",
    extra="",
):
    effect = f'<library_effects><effect id="E"><profile_COMMON>{model}</profile_COMMON></effect></library_effects>' if model else ""
    nodes = nodes or NODE.format(transform=transform, binding=BINDING if model else "")
    return f"""<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"><asset>{asset}</asset>
<library_materials><material id="M" name="oak"><instance_effect url="#E"/></material></library_materials>{effect}{extra}
<library_geometries><geometry id="G" name="board"><mesh>{SQUARE.format(points=points)}{polygons}</mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="VS">{nodes}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#VS"/></scene></COLLADA>""".encode()


def load(**parts):
    return read(document(**parts), format="dae")


def area(asset):
    total = 0.0
    for piece in drawn(asset):
        a, b, c = piece.positions.astype(np.float64)[piece.primitive.triangles].transpose(1, 0, 2)
        total += np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    return total


@pytest.mark.parametrize(
    ("asset", "unit", "expected"),
    [
        ('<unit meter="0.01"/><up_axis>Y_UP</up_axis>', "cm", (1, 2, 0)),
        ('<unit meter="0.001" name="meter"/><up_axis>Y_UP</up_axis>', "mm", (0.1, 0.2, 0)),
        ('<unit meter="0.0254"/><up_axis>Z_UP</up_axis>', "in", (2.54, 0, 5.08)),
        ('<unit meter="0.5"/>', "m", (50, 100, 0)),
        ("", "m", (100, 200, 0)),
        ('<unit meter="0.01"/><up_axis>X_UP</up_axis>', "cm", (2, 1, 0)),
    ],
)
def test_unit_and_up_axis_give_the_true_size(asset, unit, expected):
    product = load(asset=asset)
    assert size(product) == pytest.approx(expected, abs=1e-6)
    assert (product.source.unit, product.source.unit_source) == (unit, "file" if "unit" in asset else "format")


def test_the_duck_is_as_large_as_pycollada_says(data):
    product = read(data / "formats" / "duck.dae")
    # trimesh 5.2 with pycollada 0.9.3, times 0.01.
    expected = [[-0.692985, 0.0992937, -0.613282], [0.961799, 1.639700, 0.539252]]
    assert bounds(product) == pytest.approx(np.array(expected), abs=1e-5)
    assert product.source.unit == "cm"
    assert [node.name for node in product.nodes] == ["LOD3sp", "camera1", "directionalLight1"]
    assert set(product.meshes[0].primitives[0].attributes) == {"POSITION", "NORMAL", "TEXCOORD_0"}
    assert [finding.code for finding in product.source.findings] == ["W_TEXTURE_MISSING", "I_DAE_UNREAD", "I_DAE_UNREAD"]


def test_the_duck_agrees_with_an_independent_reader(data):
    pytest.importorskip("collada", reason="pycollada is not installed")
    trimesh = pytest.importorskip("trimesh")
    path = data / "formats" / "duck.dae"
    product, other = read(path), trimesh.load(path)
    assert bounds(product) == pytest.approx(other.bounds * 0.01, abs=1e-6)
    assert area(product) == pytest.approx(other.area * 1e-4, rel=1e-3)


@pytest.mark.parametrize(
    "polygons",
    [
        POLYLIST,
        f'<triangles count="2">{INPUTS}<p>0 0 1 1 2 2 0 0 2 2 3 3</p></triangles>',
        f'<polygons count="1">{INPUTS}<p>0 0 1 1 2 2 3 3</p></polygons>',
        f'<trifans count="1">{INPUTS}<p>0 0 1 1 2 2 3 3</p></trifans>',
        f'<tristrips count="1">{INPUTS}<p>0 0 1 1 3 3 2 2</p></tristrips>',
    ],
)
def test_every_kind_of_polygon_gives_the_same_surface(polygons):
    product = load(polygons=polygons)
    primitive = product.meshes[0].primitives[0]
    assert area(product) == pytest.approx(2)
    a, b, c = primitive.positions[primitive.triangles].transpose(1, 0, 2)
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    # The origin of texture coordinates moves from the lower to the upper left.
    rows = np.hstack([np.round(primitive.positions, 3), primitive.attributes["TEXCOORD_0"]]).tolist()
    at = {tuple(row[:3]): tuple(row[3:]) for row in rows}
    assert at == {(0, 0, 0): (0, 1), (1, 0, 0): (1, 1), (1, 2, 0): (1, 0), (0, 2, 0): (0, 0)}


def test_polygons_with_holes_are_left_out_and_named():
    polygons = f"<polygons>{INPUTS}<ph><p>0 0 1 1 2 2</p><h>1 1 2 2 3 3</h></ph></polygons>{POLYLIST}"
    product = load(polygons=polygons)
    assert "W_POLYGON_HOLES" in {finding.code for finding in product.source.findings}
    assert area(product) == pytest.approx(2)


def test_transforms_apply_in_document_order_and_instances_share_their_mesh():
    child = NODE.format(transform="<translate>0 0 50</translate>", binding="").replace('"N"', '"C"').replace("seat", "back")
    transform = "<translate>100 0 0</translate><rotate>0 0 1 90</rotate><scale>2 2 2</scale>"
    outer = NODE.format(transform=transform, binding="").replace("</node>", child + '<instance_node url="#L"/></node>')
    extra = '<library_nodes><node id="L" name="leg"><instance_geometry url="#G"/></node></library_nodes>'
    product = load(nodes=outer, extra=extra)
    assert [node.name for node in product.nodes] == ["seat", "back", "leg"]
    assert len(product.meshes) == 1
    low, high = bounds(product)
    # 100 x 200 turned by 90 degrees about z, twice as large, then moved by 100 along x; all in centimetres.
    assert low == pytest.approx([1 - 4, 0, 0], abs=1e-6)
    assert high == pytest.approx([1, 2, 1], abs=1e-6)


def test_a_node_that_holds_itself_is_refused():
    nodes = '<node id="N"><instance_node url="#N"/><instance_geometry url="#G"/></node>'
    with pytest.raises(FormatError) as caught:
        load(nodes=nodes)
    assert caught.value.code == "E_CYCLE"


def test_doubling_instances_end_at_the_limit():
    levels = "".join(f'<node id="L{i}"><instance_node url="#L{i + 1}"/><instance_node url="#L{i + 1}"/></node>' for i in range(40))
    extra = f'<library_nodes>{levels}<node id="L40"><instance_geometry url="#G"/></node></library_nodes>'
    with pytest.raises(LimitError) as caught:
        load(nodes='<node><instance_node url="#L0"/></node>', extra=extra)
    assert caught.value.code == "E_LIMIT_NODES"


@pytest.mark.parametrize(
    ("model", "colour", "alpha", "roughness"),
    [
        ("<phong><diffuse><color>1 0.5 0 1</color></diffuse><shininess><float>250</float></shininess></phong>", 0.21404, 1, 0.5),
        ("<lambert><diffuse><color>1 0.5 0 1</color></diffuse></lambert>", 0.21404, 1, 1),
        ("<blinn><diffuse><color>1 0.5 0 1</color></diffuse><transparency><float>0.25</float></transparency></blinn>", 0.21404, 0.25, 0.5),
        (
            '<phong><diffuse><color>1 0.5 0 1</color></diffuse><transparent opaque="RGB_ZERO"><color>0.4 0.4 0.4 1</color>'
            "</transparent></phong>",
            0.21404,
            0.6,
            0.5,
        ),
    ],
)
def test_materials_become_metallic_roughness(model, colour, alpha, roughness):
    material = load(model=f"<technique>{model}</technique>").materials[0]
    assert material.name == "oak"
    assert material.base_color_factor == pytest.approx((1, colour, 0, alpha), abs=1e-4)
    assert (material.metallic_factor, material.roughness_factor) == (0, pytest.approx(roughness))
    assert material.alpha_mode == ("OPAQUE" if alpha == 1 else "BLEND")


def test_a_colour_by_blender_is_linear():
    asset = '<contributor><authoring_tool>Blender 3.6</authoring_tool></contributor><unit meter="1"/>'
    model = "<technique><phong><diffuse><color>1 0.5 0 1</color></diffuse></phong></technique>"
    assert load(asset=asset, model=model).materials[0].base_color_factor == pytest.approx((1, 0.5, 0, 1))


def test_textures_are_found_through_sampler_and_surface(tmp_path):
    (tmp_path / "wood grain.png").write_bytes(encode(Image(pixels=np.full((2, 2, 3), 99, np.uint8)), "PNG"))
    model = """<newparam sid="su"><surface type="2D"><init_from>I</init_from></surface></newparam>
    <newparam sid="sa"><sampler2D><source>su</source></sampler2D></newparam>
    <technique><lambert><diffuse><texture texture="sa" texcoord="UV"/></diffuse></lambert></technique>"""
    extra = '<library_images><image id="I"><init_from>file:///C:/products/wood%20grain.png</init_from></image></library_images>'
    (tmp_path / "table.dae").write_bytes(document(model=model, extra=extra))
    product = read(tmp_path / "table.dae")
    info = product.materials[0].base_color_texture
    assert info is not None
    assert product.images[product.textures[info.texture].image].data == (tmp_path / "wood grain.png").read_bytes()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<COLLADA", "E_XML"),
        (b"", "E_XML"),
        (b"<svg/>", "E_DAE"),
        (b'<?xml version="1.0"?><!DOCTYPE x><COLLADA/>', "E_XML_ENTITY"),
        (b'<?xml version="1.0" encoding="x-none"?><COLLADA/>', "E_XML"),
        (b"<COLLADA/>", "E_NO_TRIANGLES"),
        (b"<a>" * 1000, "E_LIMIT_XML"),
        (document(polygons=POLYLIST.replace("3 3<", "4 3<")), "E_DAE"),
        (document(polygons=POLYLIST.replace("3 3<", "-1 3<")), "E_DAE"),
        (document(polygons=POLYLIST.replace("3 3<", "3<")), "E_DAE"),
        (document(polygons=POLYLIST.replace("<vcount>4", "<vcount>5")), "E_DAE"),
        (document(polygons=POLYLIST.replace("#T", "#nothing")), "E_DAE"),
        (document(points="0 0 0 1 0 x 1 1 0 0 1 0"), "E_DAE"),
        (document(points="0 0 0 1 0 nan 1 1 0 0 1 0"), "E_NOT_FINITE"),
        (document(asset='<unit meter="0"/>'), "E_DAE"),
        (document(asset='<unit meter="one"/>'), "E_DAE"),
        (document(transform="<translate>1 2</translate>"), "E_DAE"),
    ],
)
def test_broken_documents_end_in_one_clear_error(content, code):
    with pytest.raises((FormatError, MeshError, LimitError)) as caught:
        read(content, format="dae")
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["dae_billion_laughs.dae", "dae_xxe.dae"])
def test_entities_are_refused(name, data):
    with pytest.raises(FormatError) as caught:
        read(data / "hostile" / "synthetic" / name)
    assert caught.value.code == "E_XML_ENTITY"


@given(st.data())
@settings(max_examples=60)
def test_any_changed_byte_ends_in_an_asset_or_a_clear_error(draw):
    content = bytearray(document(model="<technique><lambert><diffuse><color>1 1 1 1</color></diffuse></lambert></technique>"))
    for _ in range(draw.draw(st.integers(1, 4))):
        content[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(0, 255))
    try:
        product = read(bytes(content), format="dae")
    except ArvizError:
        return
    assert product.meshes


def test_anchors_are_read_from_names():
    seat = '<node id="A" name="ARVIZ_seat_middle"><translate>0 50 0</translate></node>'
    product = load(nodes=NODE.format(transform="", binding="") + seat)
    (anchored,) = (node for node in product.nodes if node.anchor is not None)
    assert (anchored.anchor.kind, anchored.anchor.id) == ("seat", "middle")
    assert anchored.matrix[:3, 3] == pytest.approx((0, 0.5, 0))


def test_animations_are_told():
    product = load(extra='<library_animations><animation id="A"/><animation id="B"/></library_animations>')
    assert [(finding.code, finding.message) for finding in product.source.findings] == [("I_DAE_ANIMATION", "animations were left out: 2")]


@pytest.mark.parametrize(("scale", "front"), [("1 1 1", 1), ("-1 1 1", 1), ("1 1 -1", -1), ("-1 -1 -1", -1)])
def test_negative_scales_mirror_places_and_keep_triangles(scale, front):
    """glTF turns triangles round itself where a node mirrors (3.7.4), so they stay as they are in the mesh."""
    product = load(transform=f"<scale>{scale}</scale>")
    (piece,) = drawn(product)
    signs = np.sign([float(each) for each in scale.split()])
    assert np.sign(piece.positions.sum(axis=0)[:2]).tolist() == signs[:2].tolist()
    a, b, c = piece.positions[piece.primitive.triangles].transpose(1, 0, 2)
    mirrored = np.sign(np.prod(signs))
    assert (np.sign(np.cross(b - a, c - a)[:, 2]) * mirrored == front).all()
