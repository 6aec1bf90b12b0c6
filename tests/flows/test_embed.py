"""A folder for a page: complete, relative, honest about size, safe against whatever a product is called."""

import hashlib
import html
import json
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from arviz.core.errors import InputError
from arviz.core.graph import bounds
from arviz.core.resources import resource
from arviz.flows.embed import WEB_FILES, embed, embed_page, embed_record, embed_snippet, integrity
from arviz.flows.thumbnail import PRESETS
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.shapes import box


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("embed")
    (at / "box.glb").write_bytes(write_glb(box(size_m=(0.2, 0.3, 0.1))))
    return embed(at / "box.glb", out=at / "shop", title="Box & Co", effort="fast")


def test_every_link_of_the_record_is_a_file_beside_it(folder):
    record = json.loads((folder.folder / "box.json").read_bytes())
    assert record["schema"] == "arviz.embed/1"
    assert record["name"] == "Box & Co"
    for link in [*record["links"].values(), *record["posters"].values(), *WEB_FILES]:
        assert (folder.folder / link).is_file()
    assert set(record["links"]) == {"glb", "web", "usdz", *PRESETS}
    assert {path.name for path in folder.files} == {path.name for path in folder.folder.iterdir()}


def test_a_page_beside_the_folder_finds_what_the_snippet_names(tmp_path):
    (tmp_path / "shop").mkdir()
    source = tmp_path / "box #2, 100% oak.glb"
    source.write_bytes(write_glb(box(size_m=(0.2, 0.3, 0.1))))
    made = embed(source, out=tmp_path / "shop" / "my box?", effort="fast")
    named = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, told: named.extend(value for key, value in told if key in ("src", "asset", "href"))
    parser.feed(made.snippet)
    assert len(named) == 4
    for link in named:
        assert (tmp_path / "shop" / unquote(urlsplit(link).path)).is_file()
    for link in made.record["links"].values():
        assert (made.folder / unquote(urlsplit(link).path)).is_file()


def test_the_3d_view_gets_a_small_file_of_the_same_product_and_its_weight_is_told(tmp_path):
    made = embed(resource("assets", "products", "rug", "rug.glb"), out=tmp_path, effort="fast")
    assert made.model_bytes == {link: (tmp_path / made.record["links"][link]).stat().st_size for link in ("glb", "web", "usdz")}
    assert made.model_bytes["web"] < 0.7 * made.model_bytes["glb"]
    whole, small = (read(tmp_path / made.record["links"][link]) for link in ("glb", "web"))
    assert small.variants == whole.variants
    assert bounds(small) == pytest.approx(bounds(whole), abs=0.001)


def test_an_archive_is_the_one_product_in_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "box 7.zip", "w") as packed:
        packed.writestr("a/inside.glb", write_glb(box(size_m=(0.2, 0.3, 0.1))))
    made = embed(tmp_path / "box 7.zip", out=tmp_path / "shop", effort="fast")
    assert made.name == "box 7"
    assert (made.folder / "box 7.web.glb").is_file()


@pytest.mark.parametrize(
    ("names", "code"), [(("a.glb", "b.glb"), "E_ARCHIVE_PRODUCTS"), ((), "E_ARCHIVE_PRODUCTS"), (None, "E_FILE_MISSING")]
)
def test_an_archive_that_holds_no_product_is_told(tmp_path, names, code):
    if names is not None:
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
            for name in names:
                packed.writestr(name, b"glTF")
    with pytest.raises(InputError) as caught:
        embed(tmp_path / "x.zip", out=tmp_path / "shop")
    assert caught.value.code == code
    assert not (tmp_path / "shop").exists()


def test_the_size_is_the_products_own(folder):
    size = folder.record["size_mm"]
    assert (size["width"], size["height"], size["depth"]) == pytest.approx((200, 300, 100))
    assert read(folder.folder / "box.glb").meshes
    assert "20 &times; 10 &times; 30 cm" in folder.snippet


def test_without_scripts_a_page_speaks_its_language():
    """As its script does: the tests of ``<ar-view>`` compare the same words."""
    size = {"width": 465.0, "depth": 520.0, "height": 820.0}
    record = embed_record({"size_mm": size, "anchors": [], "variants": []}, name="x", links=dict.fromkeys(PRESETS, "p.webp"), posters={})
    for lang, words in {
        "en": "46.5 × 52 × 82 cm (width × depth × height)",
        "de": "46,5 × 52 × 82 cm (Breite × Tiefe × Höhe)",
        "zh": "46.5 × 52 × 82 厘米（宽 × 深 × 高）",
    }.items():
        page = embed_page(record, embed_snippet(record, asset="a.json", script="ar-view.js", lang=lang), lang=lang)
        assert f'<html lang="{lang}">' in page
        assert f"<figcaption>{words}</figcaption>" in html.unescape(page)


def test_pictures_keep_the_weight_of_their_device(folder):
    for device, preset in PRESETS.items():
        assert (folder.folder / folder.record["links"][device]).stat().st_size <= preset.max_bytes


def test_the_page_names_nothing_from_elsewhere(folder):
    page = (folder.folder / "index.html").read_text("utf-8")
    assert "http" not in page
    assert integrity() in page
    assert "Box &amp; Co" in page
    assert 'href="box.usdz#allowsContentScaling=0"' in page


def test_nothing_is_replaced_unasked(folder):
    with pytest.raises(InputError) as caught:
        embed(folder.folder.parent / "box.glb", out=folder.folder)
    assert caught.value.code == "E_OUTPUT_EXISTS"


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "</ar-view><img src=x onerror=alert(1)>", "a & b", "沙发"])
def test_names_are_text(name):
    report = {"size_mm": None, "anchors": [], "variants": []}
    record = embed_record(report, name=name, links=dict.fromkeys(PRESETS, "p.webp"), posters={})
    page = embed_page(record, embed_snippet(record, asset="a.json", script="ar-view.js"))
    seen = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append(tag)
    parser.feed(page)
    assert seen.count("script") == 1
    assert seen.count("img") == 1
    assert "figcaption" in seen


def test_labelled_anchors_become_hotspots():
    anchor = {"id": "seat", "kind": "contact", "normal": [0, 1, 0], "up": [0, 0, 1], "node": 3, "point_m": [0.1, 0.4, 0.0]}
    report = {"size_mm": None, "anchors": [anchor, {**anchor, "id": "arm", "label": {"en": "Oak", "zh": "橡木"}}], "variants": []}
    (spot,) = embed_record(report, name="x", links={"desktop": ""}, posters={})["hotspots"]
    assert (spot["id"], spot["position"], spot["label"]["zh"]) == ("arm", [0.1, 0.4, 0.0], "橡木")


def test_the_viewer_is_the_one_that_its_notice_names():
    notice = resource("assets", "web", "README.md").read_text("utf-8")
    assert hashlib.sha256(resource(*WEB_FILES["model-viewer.min.js"]).read_bytes()).hexdigest() in notice
