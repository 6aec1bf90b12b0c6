"""The pages of a service in a real browser: the start page turns a file into a model, the page of an asset shows it."""

from __future__ import annotations

import threading
import time

import httpx
import pytest
import uvicorn

from arviz.core.resources import resource
from arviz.service.addresses import signed_address
from arviz.service.app import create_app
from arviz.service.embed import POLICY
from arviz.service.protocol import guarded_protocol
from arviz.service.settings import Settings, secret
from tests.browser import opened


@pytest.fixture
def impatient(service):
    """A second service on the same folder, which lets no program wait for a picture; its address."""
    app = create_app(Settings(folder=service.folder, work=False, picture_seconds=0.0, image_seconds=120.0))
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http=guarded_protocol(header_seconds=10, connections_per_address=100), ws="none", log_level="critical")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_a_picture_in_a_page_is_waited_for_and_never_broken(impatient, service, chair):
    asset, key = chair["result"]["asset"], secret(service.folder)
    program, page = (signed_address(f"/r/w={width},h=40/{asset}.png", secret=key) for width in (41, 43))
    assert httpx.get(impatient + program, timeout=60).status_code == 202
    with opened(f"{impatient}/healthz", ready="true") as browser:
        seen = f"(async (image) => {{ image.src = '{impatient}{page}'; await image.decode(); return image.naturalWidth; }})(new Image())"
        assert browser.evaluate(seen) == 43


def put(browser, file):
    """Choose a file on the start page and have it converted."""
    document = browser.call("DOM.getDocument")["root"]["nodeId"]
    node = browser.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    browser.call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])
    browser.evaluate("document.querySelector('#form button').click()")


def test_a_file_put_on_the_start_page_becomes_a_model(service):
    file = resource("assets", "products", "rug", "rug.glb")
    with opened(f"{service.url}/#key={service.key}", ready="document.querySelector('#requests tr')") as browser:
        assert browser.evaluate("location.href") == f"{service.url}/"  # the key does not stay in the address
        paths = browser.evaluate("[...document.querySelectorAll('#requests code')].map((code) => code.textContent)")
        assert {"/v1/jobs", "/v1/sources", "/v1/uploads"} <= set(paths)
        put(browser, file)
        browser.wait_for("!document.getElementById('made').hidden || !document.getElementById('wrong').hidden")
        assert browser.evaluate("document.getElementById('wrong').textContent") == ""
        browser.wait_for("document.querySelector('ar-view').shadowRoot?.querySelector('figcaption')")
        assert browser.evaluate("document.querySelector('ar-view').shadowRoot.querySelector('figcaption').textContent").startswith(
            "200 × 140"
        )
        assert "<ar-view asset=" in browser.evaluate("document.getElementById('snippet').value")
        assert [url for url in browser.requested if not url.startswith((service.url, "data:"))] == []


def test_the_start_page_fits_a_phone(service):
    with opened(f"{service.url}/", width=360, height=740, user_agent="Mobile", ready="document.querySelector('#requests tr')") as browser:
        assert browser.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_a_product_lacks_is_told_beside_it(service, tmp_path):
    (tmp_path / "tile.obj").write_text("mtllib tile.mtl\nv 0 0 0\nv 30 0 0\nv 30 20 0\nv 0 0 2\nf 1 2 3\nf 1 2 4\nf 2 3 4\nf 3 1 4\n")
    with opened(f"{service.url}/#key={service.key}", ready="document.querySelector('#requests tr')") as browser:
        browser.evaluate("document.getElementById('size').value = '30x20x2cm'; document.getElementById('up').value = '+Z'")
        put(browser, tmp_path / "tile.obj")
        browser.wait_for("!document.getElementById('made').hidden || !document.getElementById('wrong').hidden")
        assert "tile.mtl" in browser.evaluate("document.getElementById('findings').textContent")
        browser.wait_for("document.querySelector('ar-view').shadowRoot?.querySelector('figcaption')")
        assert browser.evaluate("document.querySelector('ar-view').shadowRoot.querySelector('figcaption').textContent").startswith(
            "30 × 20 × 2 cm"
        )


def test_what_is_wrong_with_a_file_is_told_on_the_page(service, tmp_path):
    (tmp_path / "x.stl").write_bytes(b"solid nothing")
    with opened(f"{service.url}/#key={service.key}", ready="document.querySelector('#requests tr')") as browser:
        put(browser, tmp_path / "x.stl")
        browser.wait_for("!document.getElementById('wrong').hidden")
        assert browser.evaluate("document.getElementById('wrong').textContent").strip()


def test_the_page_of_an_asset_shows_it_at_true_size(service, chair):
    asset = chair["result"]["asset"]
    answer = service.client.get(f"/embed/{asset}")
    assert answer.headers["content-security-policy"] == POLICY
    with opened(
        f"{service.url}/embed/{asset}", ready="document.querySelector('ar-view').shadowRoot?.querySelector('figcaption')"
    ) as browser:
        browser.evaluate("document.querySelector('ar-view').turn()")
        size = browser.evaluate(
            "(({ x, y, z }) => [x, y, z])(document.querySelector('ar-view').shadowRoot.querySelector('model-viewer').getDimensions())"
        )
        assert size == pytest.approx([0.46, 0.82, 0.52], abs=0.002)
        assert [url for url in browser.requested if url.endswith(".glb")] == [
            service.client.get(f"/v1/assets/{asset}").json()["links"]["web"]
        ]
        assert [url for url in browser.requested if not url.startswith((service.url, f"blob:{service.url}", "data:"))] == []


def test_what_stands_beside_the_element_is_served_and_nothing_else(service):
    assert "customElements.define('ar-view'" in service.client.get("/web/ar-view.js").text
    for name in ("start.html", "README.md", "..%2fREADME.md", "%2e%2e/README.md"):
        assert service.client.get(f"/web/{name}").status_code == 404
