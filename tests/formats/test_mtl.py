"""MTL to glTF materials: colours, textures beside the product, and what happens when they are not there."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError
from arviz.core.image import decode
from arviz.formats.mtl import parse_mtl
from arviz.formats.mtl_textures import parse_map
from arviz.formats.read import read

FACE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\n"


def picture(pixels, format="PNG") -> bytes:
    out = io.BytesIO()
    PillowImage.fromarray(np.asarray(pixels, np.uint8)).save(out, format)
    return out.getvalue()


def plain(colour, size=(4, 4)) -> np.ndarray:
    return np.broadcast_to(np.asarray(colour, np.uint8), (*size, len(colour)))


@pytest.fixture
def product(tmp_path: Path):
    """Return ``product(mtl, **files)``: write an OBJ that uses material m, its MTL and files; read it."""

    def make(mtl: str | bytes | None, files: dict[str, bytes] | None = None, *, mtllib: str = "chair.mtl") -> Asset:
        (tmp_path / "chair.obj").write_text(f"mtllib {mtllib}\n{FACE}usemtl m\nf 1/1 2/2 3/3\n", "utf-8")
        if mtl is not None:
            (tmp_path / mtllib.replace("\\", "/")).parent.mkdir(exist_ok=True)
            (tmp_path / mtllib.replace("\\", "/")).write_bytes(mtl if isinstance(mtl, bytes) else mtl.encode())
        for name, content in (files or {}).items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        return read(tmp_path / "chair.obj")

    return make


def codes(asset: Asset) -> list[str]:
    return [finding.code for finding in asset.source.findings]


def base_pixels(asset: Asset) -> np.ndarray:
    info = asset.materials[0].base_color_texture
    return decode(asset.images[asset.textures[info.texture].image].data).pixels


def test_colours_are_srgb_except_from_blender(product):
    (m,) = product("newmtl m\nKd 0.5 1 0\n").materials
    assert np.allclose(m.base_color_factor, [0.21404, 1, 0, 1], atol=1e-4)
    (m,) = product("# Blender 4.1.0 MTL File: 'None'\n# www.blender.org\n\nnewmtl m\nKd 0.5 1 0\n").materials
    assert np.allclose(m.base_color_factor, [0.5, 1, 0, 1])


@pytest.mark.parametrize(
    ("lines", "roughness", "metallic"),
    [("Ns 0", 1, 0), ("Ns 250", 0.5, 0), ("Ns 1000", 0, 0), ("Ns 5000", 0, 0), ("Ns 250\nPr 0.3\nPm 1", 0.3, 1), ("Kd 1 1 1", 0.5, 0)],
)
def test_shine_becomes_roughness(product, lines, roughness, metallic):
    (m,) = product(f"newmtl m\n{lines}\n").materials
    assert m.roughness_factor == pytest.approx(roughness)
    assert m.metallic_factor == metallic


@pytest.mark.parametrize(
    ("lines", "alpha", "mode"),
    [
        ("d 0.25", 0.25, "BLEND"), ("Tr 0.25", 0.75, "BLEND"), ("Tr 1", 1, "OPAQUE"), ("d 1\nTr 0", 1, "OPAQUE"),
        ("d -halo 0.5", 0.5, "BLEND"), ("d nonsense", 1, "OPAQUE"),
    ],
)  # fmt: skip
def test_transparency(product, lines, alpha, mode):
    (m,) = product(f"newmtl m\n{lines}\n").materials
    assert m.base_color_factor[3] == pytest.approx(alpha)
    assert m.alpha_mode == mode


def test_an_invisible_material_is_mentioned(product):
    assert codes(product("newmtl m\nd 0\n")) == ["W_INVISIBLE"]


def test_light_above_one_becomes_strength(product):
    (m,) = product("newmtl m\nKe 4 2 0\n").materials
    assert m.extensions["KHR_materials_emissive_strength"]["emissiveStrength"] == pytest.approx(4)
    assert m.emissive_factor[0] == 1
    assert m.emissive_factor[1] == pytest.approx(0.21404, abs=1e-4)


def test_texture_bytes_pass_through_untouched(product):
    for name, format in (("wood grain.png", "PNG"), ("holz-föhre.jpg", "JPEG")):
        content = picture(plain([200, 100, 50]), format)
        asset = product(f"newmtl m\nKd 0.8 0.8 0.8\nmap_Kd {name}\n", {name: content})
        assert asset.images[0].data == content
        assert asset.images[0].mime_type == f"image/{format.lower()}"
        assert asset.materials[0].base_color_factor == (1, 1, 1, 1)
        assert codes(asset) == []


def test_black_kd_beside_a_texture_is_ignored_and_a_tint_is_not(product):
    content = {"a.png": picture(plain([200, 100, 50]))}
    assert product("newmtl m\nKd 0 0 0\nmap_Kd a.png\n", content).materials[0].base_color_factor == (1, 1, 1, 1)
    tinted = product("newmtl m\nKd 1 0 0\nmap_Kd a.png\n", content).materials[0]
    assert tinted.base_color_factor == (1, 0, 0, 1)


@pytest.mark.parametrize(
    "name",
    [
        "C:\\Users\\me\\Desktop\\wood.png", "/home/me/wood.png", "..\\maps\\wood.png", "textures/wood.png",
        "WOOD.PNG", "file:///x/wood.png", '"wood.png"',
    ],
)  # fmt: skip
def test_foreign_paths_are_looked_up_by_name_in_the_folder(product, name):
    asset = product(f"newmtl m\nmap_Kd {name}\n", {"wood.png": picture(plain([1, 2, 3]))})
    assert codes(asset) == []
    assert len(asset.images) == 1


def test_nothing_outside_the_folder_is_opened(product, tmp_path: Path, data: Path):
    outside = tmp_path.parent / f"{tmp_path.name}_secret.png"
    outside.write_bytes(picture(plain([1, 2, 3])))
    hostile = (data / "hostile" / "synthetic" / "obj_mtl_map.mtl").read_text().replace("newmtl a", "newmtl m")
    for mtl in (f"newmtl m\nmap_Kd ../{outside.name}\n", f"newmtl m\nmap_Kd {outside}\n", hostile, "newmtl m\nmap_Kd http://x/a.png\n"):
        asset = product(mtl)
        assert codes(asset) == ["W_TEXTURE_MISSING"]
        assert asset.images == ()


def test_missing_and_broken_textures_are_findings_with_a_hint(product):
    asset = product("newmtl m\nKd 1 0 0\nmap_Kd none.png\nmap_Ke bad.png\n", {"bad.png": b"\x89PNG nothing"})
    assert codes(asset) == ["W_TEXTURE_MISSING", "W_TEXTURE_BROKEN"]
    assert all(f.hint and f.severity == "warning" for f in asset.source.findings)
    assert asset.materials[0].base_color_texture is None
    assert asset.materials[0].base_color_factor == (1, 0, 0, 1)


def test_a_missing_library_is_one_finding_and_grey(product, tmp_path: Path):
    asset = product(None, mtllib="lost file.mtl")
    assert codes(asset) == ["W_MTL_MISSING"]
    assert asset.materials[0].name == "m"
    assert asset.materials[0].metallic_factor == 0
    (tmp_path / "chair.mtl").write_text("newmtl m\nKd 1 0 0\n")
    renamed = product(None, mtllib="lost file.mtl")
    assert codes(renamed) == []
    assert renamed.materials[0].base_color_factor == (1, 0, 0, 1)


@pytest.mark.parametrize("name", ["my chair.mtl", "materiäl.mtl", "sub\\chair.mtl", "sub/chair.mtl"])
def test_library_names_may_have_spaces_alphabets_and_backslashes(product, name):
    asset = product("newmtl m\nKd 1 0 0\n", mtllib=name)
    assert asset.materials[0].base_color_factor == (1, 0, 0, 1)
    assert codes(asset) == []


def test_several_libraries_on_one_line_and_several_lines(tmp_path: Path):
    for name, colour in (("a", "1 0 0"), ("b", "0 1 0"), ("c", "0 0 1")):
        (tmp_path / f"{name}.mtl").write_text(f"newmtl {name}\nKd {colour}\n")
    faces = "".join(f"usemtl {name}\nf 1 2 3\n" for name in "abc")
    (tmp_path / "x.obj").write_text(f"mtllib a.mtl b.mtl\nmtllib c.mtl\n{FACE}{faces}")
    asset = read(tmp_path / "x.obj")
    assert [m.base_color_factor[:3] for m in asset.materials] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_an_undescribed_material_is_mentioned(product):
    assert codes(product("newmtl other\nKd 1 0 0\n")) == ["W_MATERIAL_MISSING"]
    assert product("newmtl M\nKd 1 0 0\n").materials[0].base_color_factor == (1, 0, 0, 1)


def test_other_picture_formats_become_png_without_loss(product):
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    for format in ("BMP", "TGA", "TIFF"):
        asset = product("newmtl m\nmap_Kd a.img\n", {"a.img": picture(pixels, format)})
        assert asset.images[0].mime_type == "image/png"
        assert np.array_equal(base_pixels(asset), pixels)
        assert codes(asset) == ["I_TEXTURE_CONVERTED"]


def test_roughness_and_metal_maps_are_packed_as_gltf_wants(product):
    rough, metal = np.full((4, 4), 100), np.full((8, 8), 200)
    asset = product("newmtl m\nPr 0\nmap_Pr r.png\nmap_Pm m.png\n", {"r.png": picture(rough), "m.png": picture(metal)})
    (m,) = asset.materials
    pixels = decode(asset.images[asset.textures[m.metallic_roughness_texture.texture].image].data).pixels
    assert pixels.shape == (8, 8, 3)
    assert (pixels[..., 1] == 100).all()
    assert (pixels[..., 2] == 200).all()
    assert (m.roughness_factor, m.metallic_factor) == (1, 1)
    assert codes(asset) == ["I_TEXTURE_PACKED"]
    (m,) = product("newmtl m\nmap_Pr r.png\n", {"r.png": picture(rough)}).materials
    assert (m.roughness_factor, m.metallic_factor) == (1, 0)


def test_opacity_maps_become_alpha_and_stencils_become_masks(product):
    stencil = np.zeros((8, 8), np.uint8)
    stencil[:, 4:] = 255
    ramp = np.broadcast_to(np.linspace(0, 255, 8).astype(np.uint8), (8, 8))
    for alpha, mode in ((stencil, "MASK"), (ramp, "BLEND"), (np.full((8, 8), 255), "OPAQUE")):
        files = {"a.png": picture(plain([10, 20, 30], (8, 8))), "d.png": picture(alpha)}
        asset = product("newmtl m\nmap_Kd a.png\nmap_d d.png\n", files)
        assert asset.materials[0].alpha_mode == mode
        pixels = base_pixels(asset)
        assert (pixels[..., :3] == [10, 20, 30]).all()
        if mode != "OPAQUE":
            assert np.array_equal(pixels[..., 3], alpha)
            assert codes(asset) == ["I_TEXTURE_PACKED"]


def test_an_opacity_map_that_is_the_base_texture_uses_its_alpha(product):
    pixels = np.dstack([plain([10, 20, 30], (8, 8)), np.linspace(0, 255, 64).reshape(8, 8)]).astype(np.uint8)
    content = picture(pixels)
    asset = product("newmtl m\nmap_Kd a.png\nmap_d a.png\n", {"a.png": content})
    assert asset.images[0].data == content
    assert asset.materials[0].alpha_mode == "BLEND"


def test_normal_maps_are_told_from_height_maps_by_their_colour(product):
    normal = picture(plain([127, 129, 250]))
    height = picture(plain([90, 90, 90]))
    (m,) = product("newmtl m\nmap_Bump -bm 0.5 n.png\n", {"n.png": normal}).materials
    assert m.normal_texture.scale == 0.5
    asset = product("newmtl m\nbump n.png\n", {"n.png": height})
    assert asset.materials[0].normal_texture is None
    assert codes(asset) == ["W_BUMP_IGNORED"]
    assert product("newmtl m\nnorm n.png\n", {"n.png": height}).materials[0].normal_texture is not None


def test_scale_and_offset_sample_the_same_texel(product):
    asset = product("newmtl m\nmap_Kd -s 2 3 1 -o 0.25 0.125 -clamp on a.png\n", {"a.png": picture(plain([1, 2, 3]))})
    info = asset.materials[0].base_color_texture
    transform = info.extensions["KHR_texture_transform"]
    u, v = 0.3, 0.6  # as in the OBJ: origin at the lower left
    sampled = np.array([u, 1 - v]) * transform["scale"] + transform["offset"]
    assert np.allclose([sampled[0], 1 - sampled[1]], [2 * u + 0.25, 3 * v + 0.125])
    assert asset.samplers[asset.textures[info.texture].sampler].wrap_s == 33071


def test_one_file_used_twice_is_stored_once(product):
    asset = product("newmtl m\nmap_Kd a.png\nmap_Ke a.png\nmap_Kd -clamp on a.png\n", {"a.png": picture(plain([1, 2, 3]))})
    assert len(asset.images) == 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a b.png", "a b.png"), ("-bm 1 -s 1 1 1 a b.png", "a b.png"), ("-o 1 2.png", "2.png"),
        ("-unknown a.png", "-unknown a.png"), ("", ""),
    ],
)  # fmt: skip
def test_options_end_where_the_name_begins(text, name):
    assert parse_map(text).name == name


def test_options_of_other_kinds_are_passed_over():
    line = parse_map("-blendu off -mm 0 1 -texres 512 -imfchan l -s 2 a.png")
    assert (line.name, line.scale) == ("a.png", (2, 1))


@given(st.text(alphabet="-osbm cltpn.0123456789\\/\"'é", max_size=60))
def test_any_map_line_is_understood_somehow(text):
    line = parse_map(text)
    assert np.isfinite([*line.scale, *line.offset, line.multiplier]).all()


@given(st.binary(max_size=300), st.sampled_from([b"Kd ", b"map_Kd ", b"Ns ", b"d ", b"Ke ", b"bump "]))
def test_any_library_is_read_or_refused(tmp_path_factory, content, key):
    folder = tmp_path_factory.mktemp("mtl")
    (folder / "a.mtl").write_bytes(b"newmtl m\n" + key + content)
    (folder / "a.obj").write_text(f"mtllib a.mtl\n{FACE}usemtl m\nf 1 2 3\n")
    try:
        (m,) = read(folder / "a.obj").materials
    except ArvizError:
        return
    assert np.isfinite([*m.base_color_factor, m.roughness_factor, *m.emissive_factor]).all()


def test_parse_is_case_insensitive_for_keys_and_keeps_the_first_material_of_a_name():
    parsed = parse_mtl(b"\xef\xbb\xbfnewmtl a\r\nKD 1 0 0\r\nnewmtl a\r\nkd 0 1 0\r\n")
    assert parsed["a"]["kd"] == "1 0 0"


def test_a_thousand_missing_textures_are_told_in_a_few_lines(tmp_path: Path):
    (tmp_path / "a.mtl").write_text("".join(f"newmtl m{i}\nmap_Kd {i}.png\n" for i in range(1000)))
    (tmp_path / "a.obj").write_text(f"mtllib a.mtl\n{FACE}" + "".join(f"usemtl m{i}\nf 1 2 3\n" for i in range(1000)))
    findings = read(tmp_path / "a.obj").source.findings
    assert len(findings) == 21
    assert "980 more" in findings[-1].message


def test_materials_without_a_library_are_one_finding():
    asset = read(f"{FACE}usemtl a\nf 1 2 3\nusemtl b\nf 1 2 3\n".encode(), format="obj")
    assert codes(asset) == ["W_MTL_MISSING"]
    assert [m.name for m in asset.materials] == ["a", "b"]
