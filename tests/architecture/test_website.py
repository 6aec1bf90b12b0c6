"""The website of the documentation: it is built without a doubt, opens no connection, and its search works from a disk."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.architecture.checkout import ROOT
from tests.browser import opened

pytestmark = pytest.mark.slow
READY = "document.readyState === 'complete'"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("sphinx", reason="the extra [docs] is not installed")
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run([sys.executable, "scripts/website.py", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_every_page_is_there_and_nothing_is_loaded_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 70
    loads = re.compile(
        r"<(?:script|img|iframe|source|video|audio)[^>]*\ssrc=\"([^\"]+)|<link[^>]*\shref=\"([^\"]+)|url\(([^)]+)\)|@import ([^;]+)"
    )
    for file in [*pages, *site.rglob("*.css")]:
        found = ["".join(groups).strip("\"' ") for groups in loads.findall(file.read_text("utf-8"))]
        assert [address for address in found if re.match(r"(https?:)?//", address)] == [], file


@pytest.mark.parametrize(
    ("page", "width"), [("index.html", 1280), ("gallery.html", 390), ("guide/convert.html", 390), ("reference/errors.html", 1280)]
)
def test_pages_open_from_a_disk_and_fit_the_screen(site, page, width):
    with opened((site / page).as_uri(), width=width, ready=READY) as browser:
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert browser.evaluate("[...document.images].filter((image) => image.complete && !image.naturalWidth).length") == 0
        assert {address.partition(":")[0] for address in browser.requested} <= {"file", "data"}


def test_the_search_finds_from_a_disk(site):
    with opened(f"{(site / 'search.html').as_uri()}?q=turntable", ready=READY) as browser:
        browser.wait_for("document.querySelectorAll('#search-results li a').length")
        found = browser.evaluate("[...document.querySelectorAll('#search-results li a')].map((link) => link.href)")
        assert any("guide/turntable.html" in address for address in found)
        assert {address.partition(":")[0] for address in browser.requested} <= {"file", "data"}
