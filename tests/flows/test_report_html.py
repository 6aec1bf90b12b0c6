"""The report page: complete in both languages, safe against whatever a product is called, alone on a phone."""

import json
import re
import shutil
import string
import subprocess
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.check.profile_file import load_profile, profile_names
from arviz.core.facts import FileFacts
from arviz.core.image import Image, encode
from arviz.flows.check import profile_verdicts
from arviz.flows.dimension_drawing import dimension_drawing
from arviz.flows.report_html import report_html
from arviz.flows.report_words import length, texts
from arviz.testing.shapes import box

VOID = {"meta", "input", "img", "br", "path"}
NASTY = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; --", "</style><style>*{display:none}", "$title ${header}",
    "javascript:alert(1)", "\u202egnp.exe", "a\x00b\x1b[2J", "&lt;&amp;", "\ud800", "https://example.org/x.png",
]  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of it: elements in order, open ones at the end, the text."""

    def __init__(self, data):
        super().__init__()
        self.elements, self.open, self.text, self.wrong = [], [], [], []
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def finding(severity="warning", code="W_PIVOT", message="m", where="w", hint="h"):
    return {"code": code, "severity": severity, "message": message, "where": where, "hint": hint}


def report(name="Sofa", *, findings=(), profiles=(), listed=None):
    digest = "0" * 64
    return {
        "name": name,
        "ok": True,
        "source": {"file": f"{name}.glb", "format": "gltf", "bytes": 1234567, "sha256": digest},
        "unit": {"unit": "m", "source": "format", "confidence": 1.0, "alternatives": []},
        "size_mm": {"width": 2180.0, "depth": 1020.0, "height": 790.0, "sigma": 1e-4},
        "listed_mm": listed,
        "outputs": [{"tier": "master", "uri": f"{name}.glb", "bytes": 999, "sha256": digest, "triangles": 12, "draw_calls": 1,
                     "texture_memory_bytes": 5, "uv_sets": 1, "extensions": [name]}],
        "variants": [name],
        "parts": [{"id": name, "label": name, "materials": [name]}],
        "anchors": [], "joints": [], "slots": [],
        "findings": list(findings),
        "profiles": list(profiles),
    }  # fmt: skip


@cache
def drawing():
    return dimension_drawing(box(size_m=(2.18, 0.79, 1.02)))


@cache
def picture():
    import numpy as np

    return encode(Image(pixels=np.full((8, 8, 3), 200, np.uint8)), "WEBP")


def full(name="Sofa"):
    facts = FileFacts(bytes=16_000_000, container="glb", triangles=200_000, draw_calls=1, materials=3)
    verdicts = profile_verdicts(facts, [load_profile(profile) for profile in profile_names()])
    found = [finding(severity, code) for severity, code in (("error", "E_SIZE"), ("warning", "W_USD_LOST"), ("info", "I_PIVOT_MOVED"))]
    listed = {"width": 2000.0, "depth": None, "height": 790.0}
    return report_html(
        report(name, findings=found, profiles=verdicts, listed=listed), poster=picture(), before=picture(), drawing=drawing()
    )


def test_both_languages_say_the_same_things():
    words = texts()
    assert words["en"].keys() == words["zh"].keys()
    assert words["codes"]["en"].keys() == words["codes"]["zh"].keys()
    for table in (words["en"], words["zh"], *words["codes"].values()):
        assert all(isinstance(value, str) and value for value in table.values())
    assert not [key for key in words["en"] if key != "sha256" and words["en"][key] == words["zh"][key]]


def test_the_page_is_whole_and_alone():
    data = full()
    page = Page(data)
    assert page.open == []
    assert page.wrong == []
    allowed = {"a": "href"}
    for tag, attributes in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form", "use", "image"}
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("src", "href", "srcset", "xlink:href", "poster", "action", "background"):
            if attributes.get(key) and allowed.get(tag) != key:
                assert attributes[key].startswith("data:image/")
    style = re.search(r"<style>(.*?)</style>", data.decode(), re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_every_word_stands_in_both_languages_and_every_length_in_all_units():
    page = Page(full())
    classes = [attributes.get("class", "") for _, attributes in page.elements]
    assert classes.count("en") == classes.count("zh") > 50
    assert classes.count("mm") == classes.count("cm") == classes.count("in") > 8
    tags = {attributes["lang"] for _, attributes in page.elements if "lang" in attributes}
    assert tags == {"en", "zh-Hans"}
    assert length(2.18) == '<span class="mm">2,180&nbsp;mm</span><span class="cm">218&nbsp;cm</span><span class="in">85.83&nbsp;in</span>'


def test_verdicts_show_and_colour_is_not_the_only_signal():
    text = " ".join(Page(full()).text)
    for words in ("Google Merchant Center", "Shopify", "16.00 MB", "at most 15.00 MB", "✕", "▲", "✓", "+9.0 %", "2,180", "advisory"):
        assert words in text


@pytest.mark.parametrize("nasty", NASTY)
def test_no_text_becomes_markup(nasty):
    plain, hurt = (
        Page(
            report_html(
                report(
                    words,
                    findings=[finding(message=words, where=words, hint=words, code=words[:20].upper())],
                    profiles=[
                        {
                            "name": words, "title": words, "ok": False, "findings": [finding(message=words, hint=words)],
                            "sources": [{"title": words, "url": words, "read": words, "class": "platform"}],
                        }
                    ],
                ),
                poster=None, before=None, drawing="",
            )
        )
        for words in ("https://plain" if nasty.startswith("https://") else "plain", nasty)
    )  # fmt: skip
    assert [tag for tag, _ in hurt.elements] == [tag for tag, _ in plain.elements]
    assert [sorted(attributes) for _, attributes in hurt.elements] == [sorted(attributes) for _, attributes in plain.elements]
    assert hurt.open == hurt.wrong == []


@cache
def plain_elements():
    return [tag for tag, _ in Page(report_html(report("x", findings=[finding()]), poster=None, before=None, drawing="")).elements]


@settings(max_examples=25)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(string.punctuation)), min_size=1, max_size=30))
def test_whatever_a_product_is_called_it_stays_text(name):
    page = Page(report_html(report(name, findings=[finding(message=name)]), poster=None, before=None, drawing=""))
    assert [tag for tag, _ in page.elements] == plain_elements()
    assert all(character.isprintable() or character in "\n\xa0" for character in "".join(page.text))


def test_a_product_without_size_picture_or_platform_has_a_page_too():
    empty = report() | {"size_mm": None, "outputs": [], "parts": [], "variants": []}
    del empty["profiles"]
    page = Page(report_html(empty, poster=None, before=None, drawing=""))
    assert page.open == []
    assert "The size is not known." in page.text


def test_thousands_of_findings_stay_readable():
    many = [finding(message=str(number)) for number in range(5000)]
    data = report_html(report(findings=many), poster=None, before=None, drawing="")
    assert len(data) < 300_000
    assert b"+4800: report.json" in data


def test_what_is_said_of_many_parts_is_said_once():
    same = [finding(code="W_USD_APPROXIMATED", message="no sheen", where=f"fabric {number}") for number in range(5)]
    text = "".join(
        Page(
            report_html(
                report(findings=[*same, finding(message="twice told"), finding(message="twice told")]), poster=None, before=None, drawing=""
            )
        ).text
    )
    assert text.count("no sheen") == 1
    assert "fabric 0, fabric 1, fabric 2, fabric 3, fabric 4" in text
    assert text.count("twice told") == 1
    assert "× 2" in text


def test_an_error_is_never_hidden_among_the_changes():
    lost = finding("error", "E_SOMETHING_LOST", message="the picture is gone")
    text = "".join(Page(report_html(report(findings=[lost]), poster=None, before=None, drawing="")).text)
    assert text.count("the picture is gone") == 2


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(tmp_path, width):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium: the page is not laid out")
    (tmp_path / "report.html").write_bytes(full("Sofa_with_a_very_long_name_that_never_ends_" * 4))
    frame = (
        f'<iframe id="f" src="report.html" style="width:{width}px;height:800px;border:0"></iframe><pre id="o"></pre><script>'
        "f.onload=()=>{const d=f.contentDocument,r=d.documentElement;"
        "const s=[...d.querySelectorAll('*')].map(e=>parseFloat(getComputedStyle(e).fontSize));"
        "o.textContent=JSON.stringify({wide:r.scrollWidth,screen:r.clientWidth,least:Math.min(...s)})}</script>"
    )
    (tmp_path / "frame.html").write_text(frame)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
               "--disable-sync", "--no-first-run", "--allow-file-access-from-files", f"--user-data-dir={tmp_path / 'user'}"]  # fmt: skip
    done = subprocess.run(
        [chromium, *options, "--virtual-time-budget=5000", "--dump-dom", (tmp_path / "frame.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    found = re.search(r'<pre id="o">({.*?})</pre>', done.stdout)
    if found is None:
        pytest.skip("chromium does not start here")
    measured = json.loads(found[1])
    assert width - 20 <= measured["screen"] <= width  # a scroll bar may stand beside it
    assert measured["wide"] <= measured["screen"]
    assert measured["least"] >= 12


def test_levels_and_hulls_say_what_they_are_and_verdicts_of_which_file():
    first = report()["outputs"][0]
    level = {**first, "uri": "Sofa.web.lod1.glb", "level": 1, "distance_m": 5.25, "triangles": 4340}
    solid = {**first, "uri": "Sofa.hulls.glb", "hulls": 16}
    verdict = {"name": "shopify", "uri": "Sofa.shopify.glb", "ok": True, "findings": []}
    told = report(profiles=[verdict]) | {"outputs": [first, level, solid]}
    text = "".join(Page(report_html(told, poster=None, before=None, drawing="")).text)
    for part in ("simpler level", "shown from", "5,250", "4,340", "hulls for physics", "Sofa.shopify.glb"):
        assert part in text
