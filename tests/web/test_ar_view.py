"""<ar-view> in a real browser: what works without the viewer, on which phone, in which language, and what is loaded when."""

from __future__ import annotations

import functools
import gzip
import http.server
import io
import json
import threading

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.resources import resource
from arviz.flows.embed import embed
from arviz.service.embed import POLICY
from tests.browser import opened

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
DRAWN = "document.querySelector('ar-view').shadowRoot?.querySelector('figcaption')"
HERE = "document.querySelector('ar-view')"
INSIDE = f"{HERE}.shadowRoot"
HEARD = (
    "window.heard = []; for (const name of ['load', 'error', 'variant', 'ar', 'hotspot']) "
    "document.addEventListener(`ar-view:${name}`, (event) => heard.push(name))"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The demo chair in a folder, on a server that sends the policy of our pages; the address of the folder."""
    folder = tmp_path_factory.mktemp("shop")
    embed(resource("assets", "products", "dining-chair", "dining-chair.glb"), out=folder, title="Chair", effort="fast")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


def page(shop, name, attributes="", inside="", head="", asset="dining-chair.json"):
    """Write a page with the element; return its address."""
    address, folder = shop
    (folder / name).write_text(
        f'<!doctype html><meta charset="utf-8">{head}<script type="module" src="ar-view.js"></script>'
        f'<ar-view asset="{asset}" {attributes}>{inside}</ar-view>',
        "utf-8",
    )
    return f"{address}/{name}"


def linked(shop, name, **links):
    """Write a record of the chair with other links, None for none; return its name."""
    record = json.loads((shop[1] / "dining-chair.json").read_bytes())
    record["links"] = {link: file for link, file in {**record["links"], **links}.items() if file is not None}
    (shop[1] / name).write_text(json.dumps(record))
    return name


def loaded(browser):
    """Return the names of the product's files that were asked for."""
    return [name for url in browser.requested if (name := url.rpartition("/")[2]).endswith(".glb")]


def test_a_picture_and_its_size_need_one_small_script(shop):
    with opened(f"{shop[0]}/index.html", ready=DRAWN) as browser:
        assert browser.evaluate(f"{INSIDE}.querySelector('figcaption').textContent") == "46 × 52 × 82 cm (width × depth × height)"
        assert browser.evaluate(f"{INSIDE}.querySelector('img').alt") == "Chair: 46 cm wide, 52 cm deep, 82 cm high"
        loaded = {url.rpartition("/")[2] for url in browser.requested}
        assert loaded - {"favicon.ico"} == {"index.html", "ar-view.js", "dining-chair.json", "dining-chair.phone.webp"}  # 512 px wide
        assert browser.evaluate(f"{INSIDE}.querySelector('a.ar')") is None  # no AR on a desk


def test_a_picture_that_is_still_being_drawn_comes_by_itself(shop):
    drawn = shop[1] / "later.webp"
    thread = threading.Timer(1.5, lambda: drawn.write_bytes((shop[1] / "dining-chair.phone.webp").read_bytes()))
    thread.start()
    seen = f"{INSIDE}?.querySelector('img')?.naturalWidth > 0"
    with opened(page(shop, "later.html", 'poster="later.webp"'), ready=seen) as browser:
        assert not [url for url in browser.requested if url.endswith("dining-chair.desktop.webp")]
    thread.join()


def test_what_stands_inside_is_shown_until_the_record_is_there_and_where_there_is_none(shop):
    inside = '<img src="dining-chair.phone.webp" alt="Chair" width="200" height="200">'
    failed = f"{INSIDE}?.querySelector('.failed')?.hidden === false"
    address = page(shop, "none.html", 'lang="en"', inside)
    (shop[1] / "none.html").write_text((shop[1] / "none.html").read_text().replace("dining-chair.json", "gone.json"))
    with opened(address, ready=failed) as browser:
        assert browser.evaluate(f"{HERE}.querySelector('img').getBoundingClientRect().width") == 200
        browser.evaluate(f"{HERE}.setAttribute('asset', 'dining-chair.json')")
        browser.wait_for(DRAWN)
        assert browser.evaluate(f"{HERE}.querySelector('img').getBoundingClientRect().width") == 0
        assert not browser.evaluate(failed)


def test_another_asset_takes_the_place_of_the_viewer(shop):
    record = (shop[1] / "dining-chair.json").read_text()
    (shop[1] / "stool.json").write_text(record.replace('"name": "Chair"', '"name": "Stool"'))
    with opened(page(shop, "another.html"), ready=DRAWN) as browser:
        browser.evaluate(f"{HERE}.turn()")
        browser.evaluate(f"{HERE}.setAttribute('asset', 'stool.json')")
        browser.wait_for(f"{INSIDE}.querySelector('img').alt.startsWith('Stool')")
        assert browser.evaluate(f"{INSIDE}.querySelector('model-viewer')") is None
        assert browser.evaluate(f"{INSIDE}.querySelector('img').hidden || {INSIDE}.querySelector('.turn').hidden") is False
        browser.evaluate(f"{HERE}.turn()")
        assert browser.evaluate(f"{INSIDE}.querySelector('model-viewer').alt").startswith("Stool")


def test_the_viewer_takes_the_keyboard_only_from_its_button(shop):
    with opened(page(shop, "focus.html", 'load="visible"'), ready="true") as browser:
        assert browser.evaluate("document.activeElement === document.body")
    with opened(page(shop, "focus.html"), ready=DRAWN) as browser:
        browser.evaluate(f"{INSIDE}.querySelector('.turn').focus()")
        browser.evaluate(f"{HERE}.turn()")
        assert browser.evaluate(f"{INSIDE}.activeElement.tagName") == "MODEL-VIEWER"


def test_everything_comes_from_here_and_the_policy_holds(shop):
    with opened(f"{shop[0]}/index.html", ready=DRAWN) as browser:
        browser.evaluate(
            "window.broken = []; document.addEventListener('securitypolicyviolation', (event) => broken.push(event.blockedURI))"
        )
        browser.evaluate(HEARD)
        browser.evaluate(f"{HERE}.turn()")
        assert browser.evaluate("heard") == ["load"]
        assert browser.evaluate("broken") == []
        assert loaded(browser) == ["dining-chair.web.glb"]
        assert [url for url in browser.requested if not url.startswith((shop[0], f"blob:{shop[0]}", "data:"))] == []
        size = browser.evaluate(f"{{ const s = {INSIDE}.querySelector('model-viewer').getDimensions(); [s.x, s.y, s.z] }}")
        assert size == pytest.approx([0.46, 0.82, 0.52], abs=0.002)


def test_the_compressed_file_looks_as_the_master_in_its_variants(shop, tmp_path):
    linked(shop, "master.json", web=None)
    seen = {}
    with opened(page(shop, "alike.html", 'style="width:512px"'), ready=DRAWN) as browser:
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
        for asset in ("dining-chair.json", "master.json"):
            browser.evaluate(f"{HERE}.setAttribute('asset', '{asset}')")
            browser.wait_for(f"!{INSIDE}.querySelector('model-viewer')")
            browser.evaluate(f"{HERE}.turn()")
            for variant in ("Sand", "Rust"):
                browser.evaluate(f"{HERE}.variant = '{variant}'; new Promise((done) => setTimeout(done, 700))")
                browser.screenshot(tmp_path / "seen.png")
                seen[asset, variant] = _square(tmp_path / "seen.png")
        assert loaded(browser) == ["dining-chair.web.glb", "dining-chair.glb"]
    sand, rust = (_decibels(seen["dining-chair.json", variant], seen["master.json", variant]) for variant in ("Sand", "Rust"))
    assert min(sand, rust) > 35
    assert _decibels(seen["dining-chair.json", "Sand"], seen["dining-chair.json", "Rust"]) < 30


def _square(path):
    """Return the pixels of the stage."""
    return np.asarray(PillowImage.open(io.BytesIO(path.read_bytes())).convert("RGB"), float)[:512, :512]


def _decibels(one, other):
    """Return the peak signal to noise ratio of the pixels that differ from the page in either."""
    drawn = ((one != one[0, 0]) | (other != other[0, 0])).any(axis=2)
    return 10 * np.log10(255**2 / np.mean(np.square(one - other)[drawn]))


WITHOUT = {
    "a policy without WebAssembly": {"head": """<meta http-equiv="Content-Security-Policy" content="script-src 'self'">"""},
    "a damaged compressed file": {"web": "damaged.web.glb"},
}


@pytest.mark.parametrize("without", WITHOUT)
def test_the_master_is_shown_where_the_compressed_file_cannot_be(shop, without):
    web = (shop[1] / "dining-chair.web.glb").read_bytes()
    (shop[1] / "damaged.web.glb").write_bytes(web[: len(web) // 2] + bytes(len(web) - len(web) // 2))
    asset = linked(shop, "other.json", web=WITHOUT[without].get("web", "dining-chair.web.glb"))
    with opened(page(shop, "without.html", head=WITHOUT[without].get("head", ""), asset=asset), ready=DRAWN) as browser:
        browser.evaluate(HEARD)
        browser.evaluate(f"{HERE}.turn()")
        assert browser.evaluate("heard") == ["load"]
        assert loaded(browser)[-1] == "dining-chair.glb"
        assert browser.evaluate(f"{INSIDE}.querySelector('model-viewer').availableVariants") == ["Sand", "Graphite", "Rust"]


def test_nothing_jumps_when_the_viewer_takes_the_pictures_place(shop, tmp_path):
    with opened(page(shop, "still.html", 'style="width:512px"'), ready=DRAWN) as browser:
        browser.wait_for(f"{INSIDE}.querySelector('img').complete")
        browser.screenshot(tmp_path / "picture.png")
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
        browser.evaluate(f"{HERE}.turn()")
        browser.evaluate("new Promise((done) => setTimeout(done, 5000))")  # its hint, a hand that rocks the chair, would come after 3 s
        browser.screenshot(tmp_path / "viewer.png")
    boxes = [_product_box(tmp_path / name) for name in ("picture.png", "viewer.png")]
    assert np.abs(np.subtract(*boxes)).max() <= 6, boxes  # of 512 pixels; the viewer's shadow is another


def _product_box(path):
    """Return left, top, right and bottom of the wood and cloth of the chair: what has a colour."""
    pixels = np.asarray(PillowImage.open(io.BytesIO(path.read_bytes())).convert("RGB")).astype(int)[:520, :512]
    coloured = np.ptp(pixels, axis=2) > 24
    rows, columns = np.flatnonzero(coloured.sum(axis=1) > 2), np.flatnonzero(coloured.sum(axis=0) > 2)
    return columns[0], rows[0], columns[-1], rows[-1]


def test_android_gets_a_link_into_scene_viewer_at_true_size(shop):
    with opened(page(shop, "android.html"), width=390, height=844, user_agent=ANDROID, ready=DRAWN) as browser:
        link = browser.evaluate(f"{INSIDE}.querySelector('a.ar').href")
    assert link.startswith("intent://arvr.google.com/scene-viewer/1.2?file=http%3A%2F%2F")
    assert "dining-chair.glb" in link
    assert "resizable=false" in link
    assert "title=Chair" in link
    assert link.endswith(";end;")


def test_scene_viewer_gets_the_file_that_is_made_for_viewers_without_compression(shop):
    asset = linked(shop, "plain.json", plain="dining-chair.plain.glb")
    with opened(page(shop, "plain.html", asset=asset), width=390, height=844, user_agent=ANDROID, ready=DRAWN) as browser:
        assert "dining-chair.plain.glb" in browser.evaluate(f"{INSIDE}.querySelector('a.ar').href")


def test_ios_gets_a_link_into_quick_look_at_true_size(shop):
    with opened(f"{shop[0]}/index.html", width=390, height=844, user_agent=IPHONE, ready=DRAWN) as browser:
        assert browser.evaluate(f"{INSIDE}.querySelector('a.ar')") is None
        # Chromium has no Quick Look: what WebKit says of itself is said here, and the element is drawn again.
        browser.evaluate("DOMTokenList.prototype.supports = (word) => word === 'ar'")
        browser.evaluate(f"{HERE}.setAttribute('unit', 'mm')")
        link = browser.evaluate(
            f"(({{ rel, href, children }}) => [rel, href, [...children].map((child) => child.tagName)])({INSIDE}.querySelector('a.ar'))"
        )
        assert browser.evaluate(f"{INSIDE}.querySelector('a.ar').textContent") == "View in your room"
    assert link[0] == "ar"
    assert link[1].endswith("dining-chair.usdz#allowsContentScaling=0")
    assert link[2] == ["IMG"]  # Quick Look opens at once only if a picture is the one element that the link holds


def test_browsers_of_ios_that_do_not_say_that_they_open_quick_look_get_its_link(shop):
    chrome = IPHONE.replace("Version/17.5", "CriOS/126.0.6478.54")
    with opened(f"{shop[0]}/index.html", width=390, height=844, user_agent=chrome, ready=DRAWN) as browser:
        assert browser.evaluate(f"{INSIDE}.querySelector('a.ar').rel") == "ar"


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ('lang="zh"', "46 × 52 × 82 厘米（宽 × 深 × 高）"),
        ('lang="zh-CN" unit="in"', "18.1 × 20.5 × 32.3 英寸（宽 × 深 × 高）"),
        ('lang="de-AT"', "46 × 52 × 82 cm (Breite × Tiefe × Höhe)"),
        ('lang="de" unit="in"', "18,1 × 20,5 × 32,3 Zoll (Breite × Tiefe × Höhe)"),
        ('lang="sv"', "46 × 52 × 82 cm (width × depth × height)"),
        ('unit="mm"', "460 × 520 × 820 mm (width × depth × height)"),
        ('unit="in"', "18.1 × 20.5 × 32.3 in (width × depth × height)"),
        ('unit="parsec"', "46 × 52 × 82 cm (width × depth × height)"),
    ],
)
def test_words_and_units(shop, attributes, words):
    with opened(page(shop, "words.html", attributes), ready=DRAWN) as browser:
        assert browser.evaluate(f"{INSIDE}.querySelector('figcaption').textContent") == words


def test_a_page_adds_words_of_its_own_and_those_it_leaves_out_are_english(shop):
    words = "{ turn: 'Se i 3D', size: (w, d, h, u) => `B ${w} D ${d} H ${h} ${u}` }"
    (shop[1] / "swedish.js").write_text(f"import {{ words }} from './ar-view.js'; words.sv = {words}")
    head = '<script type="module" src="swedish.js"></script>'
    with opened(page(shop, "swedish.html", 'lang="sv"', head=head), ready=DRAWN) as browser:
        assert browser.evaluate(f"{INSIDE}.querySelector('figcaption').textContent") == "B 46 D 52 H 82 cm"
        assert browser.evaluate(f"{INSIDE}.querySelector('.turn').textContent") == "Se i 3D"
        assert browser.evaluate(f"{INSIDE}.querySelector('legend').textContent") == "Variant"


def test_a_shop_styles_each_part(shop):
    parts = ("stage", "dimensions", "turn", "variants", "variant", "ar", "failed")
    head = "<style>" + "".join(f"ar-view::part({part}) {{ outline: 3px solid rgb(1, 2, 3) }}" for part in parts) + "</style>"
    outlined = f"[...{INSIDE}.querySelectorAll('[part]')].filter((one) => getComputedStyle(one).outlineColor === 'rgb(1, 2, 3)')"
    with opened(page(shop, "parts.html", head=head), user_agent=ANDROID, ready=DRAWN) as browser:
        assert set(browser.evaluate(f"{outlined}.map((one) => one.part.value)")) == set(parts)


STRICT = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' blob: data:"
)


def test_a_policy_without_inline_styles_leaves_the_element_as_it_is(shop, tmp_path):
    """Style elements are kept out by such a policy, those of the viewer as well: it would fill no stage."""
    seen = {}
    for name, head in {"styled": "", "strict": f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'}.items():
        with opened(page(shop, f"{name}.html", head=head), width=512, ready=DRAWN) as browser:
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
            browser.evaluate(HEARD)
            browser.evaluate(f"{HERE}.turn()")
            assert browser.evaluate("heard") == ["load"]
            browser.evaluate("new Promise((done) => setTimeout(done, 700))")
            browser.screenshot(tmp_path / f"{name}.png")
            seen[name] = np.asarray(PillowImage.open(tmp_path / f"{name}.png").convert("RGB"), float)
    assert np.abs(seen["styled"] - seen["strict"]).mean() < 0.5


def test_browsers_without_sheets_of_scripts_get_the_same_style(shop):
    (shop[1] / "old.js").write_text("delete CSSStyleSheet.prototype.replaceSync")  # as Safari was before 16.4
    with opened(page(shop, "old.html", head='<script src="old.js"></script>'), ready=DRAWN) as browser:
        assert browser.evaluate(f"getComputedStyle({INSIDE}.querySelector('.turn')).minHeight") == "44px"
        browser.evaluate(f"{HERE}.setAttribute('unit', 'mm')")
        assert browser.evaluate(f"getComputedStyle({INSIDE}.querySelector('.turn')).minHeight") == "44px"


def test_a_policy_that_keeps_textures_out_keeps_the_picture(shop):
    """The viewer would show a white product."""
    head = """<meta http-equiv="Content-Security-Policy" content="default-src 'self' 'wasm-unsafe-eval'">"""
    with opened(page(shop, "textures.html", head=head), ready=DRAWN) as browser:
        browser.evaluate("document.addEventListener('ar-view:error', (event) => { window.said = event.detail.message })")
        browser.evaluate(f"{HERE}.turn()")
        assert "connect-src blob:" in browser.evaluate("said")
        assert not browser.evaluate(f"{INSIDE}.querySelector('img').hidden")


def test_variants_are_chosen_by_keyboard_and_from_outside(shop):
    with opened(page(shop, "variants.html"), ready=DRAWN) as browser:
        browser.evaluate(HEARD)
        browser.evaluate(f"{INSIDE}.querySelector('input').focus()")
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
        assert browser.evaluate(f"{HERE}.variant") == "Graphite"
        assert browser.evaluate(f"{INSIDE}.querySelector('img').src").endswith("dining-chair.1.webp")
        browser.evaluate(f"{HERE}.turn()")
        browser.evaluate(f"{HERE}.variant = 'Rust'")
        assert browser.evaluate(f"{INSIDE}.querySelector('model-viewer').getAttribute('variant-name')") == "Rust"
        assert browser.evaluate(f"{INSIDE}.querySelector('input:checked').value") == "Rust"
        assert browser.evaluate("heard") == ["variant", "load", "variant"]


def test_a_variant_that_the_page_names_is_shown_from_the_beginning_and_stays(shop):
    shown = f"{INSIDE}.querySelector('img').currentSrc.split('/').pop()"
    with opened(page(shop, "chosen.html", 'variant="Rust"'), ready=f"{DRAWN} && {INSIDE}.querySelector('img').complete") as browser:
        assert browser.evaluate(shown) == "dining-chair.2.webp"
        browser.evaluate(f"{HERE}.setAttribute('unit', 'mm')")
        browser.wait_for(f"{INSIDE}.querySelector('img').complete")
        assert browser.evaluate(shown) == "dining-chair.2.webp"
        assert browser.evaluate(f"{INSIDE}.querySelector('input:checked').value") == "Rust"


def test_a_reader_of_screens_meets_a_picture_a_button_and_a_group(shop):
    with opened(page(shop, "reader.html"), ready=DRAWN) as browser:
        browser.call("Accessibility.enable")
        nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    said = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")}
    assert ("image", "Chair: 46 cm wide, 52 cm deep, 82 cm high") in said
    assert ("button", "View in 3D") in said
    assert ("group", "Variant") in said
    assert {("radio", name) for name in ("Sand", "Graphite", "Rust")} <= said


def test_without_scripts_the_picture_the_size_and_quick_look_are_there(shop):
    address, _ = shop
    with opened("about:blank", ready="true") as browser:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.call("Page.navigate", url=f"{address}/index.html")
        browser.call("Accessibility.enable")
        said = ""
        while "Chair" not in said:
            tree = browser.call("Accessibility.getFullAXTree")["nodes"]
            said = str([(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node.get("ignored")])
    assert "46 × 52 × 82 cm" in said
    assert "link" in said


def test_what_cannot_be_loaded_is_told_and_the_picture_stays(shop):
    asset = linked(shop, "broken.json", glb="gone.glb", web="gone.web.glb")
    with opened(page(shop, "broken.html", asset=asset), ready=DRAWN) as browser:
        browser.evaluate(HEARD)
        browser.evaluate(f"{HERE}.turn()")
        assert browser.evaluate("heard") == ["error"]
        assert browser.evaluate(f"{INSIDE}.querySelector('.failed').textContent") == "The 3D view could not be loaded."
        assert not browser.evaluate(f"{INSIDE}.querySelector('img').hidden")
        assert browser.evaluate(f"{INSIDE}.querySelector('model-viewer')") is None


def test_the_first_script_is_small(shop):
    assert len(gzip.compress((shop[1] / "ar-view.js").read_bytes())) <= 8 * 1024
