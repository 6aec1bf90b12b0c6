"""Photos of people: refused unless the service was told to take them, worked on in memory, and nowhere afterwards."""

from __future__ import annotations

import base64
import sys

import numpy as np
import pytest

from arviz.core.image import decode, encode
from arviz.core.resources import resource
from arviz.jobs.store import Store
from arviz.service.keys import Keys
from tests.flows.test_without_photo import SIZE, face
from tests.service.conftest import start, stop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a file system in memory")
MAKEUP = {"kind": "lipstick", "albedo_srgb": "#A01030", "coverage": 0.9, "finish": "satin"}
RECIPE = {"schema": "arviz.tryon/1", "id": "r", "items": [MAKEUP]}


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("mirror"), "--workers", "0", "--tryon", "--consent-url", "https://shop.example/consent")
    yield running
    stop(running)


def asked(photo, **more):
    return {"photo": base64.b64encode(photo).decode(), "recipe": RECIPE, "format": "png", **more}


def test_a_service_takes_no_photos_of_people_unasked(service):
    answer = service.client.post("/v1/tryon", json=asked(b"x"))
    assert answer.status_code == 501
    assert answer.json()["code"] == "E_TRYON_OFF"


def test_a_recipe_is_put_on_told_and_forgotten(mirror, models, astronaut):
    photo = encode(astronaut, "PNG")
    answer = mirror.client.post("/v1/tryon", json=asked(photo))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    picture = base64.b64decode(told["picture"])
    worn = decode(picture)
    assert worn.pixels.shape == astronaut.pixels.shape
    assert 0.0005 < (np.abs(worn.pixels.astype(int) - astronaut.pixels).max(axis=2) > 8).mean() < 0.05
    assert len(told["report"]["faces"]) == 1
    assert (told["type"], told["consent"]) == ("image/png", "https://shop.example/consent")
    kept = [path for path in mirror.folder.rglob("*") if path.is_file()]
    for secret in (photo[200:300], picture[200:300]):
        assert [path for path in kept if secret in path.read_bytes()] == []
    assert not any("tryon" in line or "face" in line for line in mirror.said)


@pytest.fixture(scope="module")
def glasses(mirror):
    """The id of an asset that is a pair of glasses."""
    store, asset = Store(mirror.folder / "store"), "g" * 26
    glb = store.put(resource("assets", "products", "glasses", "glasses.glb")).id
    store.put_document("assets", asset, {"name": "Glasses", "files": {"glb": glb}})
    return asset


def told(**more):
    """Return a request with the landmarks of a face, as a browser sends it."""
    landmarks = [[round(x, 2), round(y, 2)] for x, y in face().points_px.tolist()]
    return {"recipe": RECIPE, "landmarks": landmarks, "width": SIZE["width_px"], "height": SIZE["height_px"], **more}


def test_landmarks_are_enough_and_forgotten(mirror, glasses):
    worn = {"schema": "arviz.tryon/1", "id": "r", "items": [MAKEUP, {"kind": "glasses", "asset": {"uri": "glasses.glb"}}]}
    asked = told(recipe=worn, glasses=glasses, pd="63mm", focal_px=SIZE["focal_px"])
    answer = mirror.client.post("/v1/tryon/landmarks", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    got = answer.json()
    overlay = decode(base64.b64decode(got["overlay"])).pixels
    assert overlay.shape == (SIZE["height_px"], SIZE["width_px"], 4)
    assert 0.02 < (overlay[..., 3] > 0).mean() < 0.3
    assert [layer["kind"] for layer in got["makeup"]] == ["lipstick"]
    assert np.array(got["camera_from_head"]).shape == (4, 4)
    assert np.array(got["head_from_glasses"]).shape == (1, 4, 4)
    one = got["report"]["faces"][0]
    assert one["pd"] == {"mm": 63.0, "sigma_mm": 1.0, "source": "pd"}
    assert one["glasses"][0]["fit"]["verdict"]
    assert got["consent"] == "https://shop.example/consent"
    a_point, layer = str(asked["landmarks"][100][0]).encode(), got["makeup"][0]["mask"][:60].encode()
    kept = [path.read_bytes() for path in mirror.folder.rglob("*") if path.is_file() and path.suffix != ".glb"]
    assert not any(a_point in data or layer in data for data in kept)
    assert not any("landmark" in line for line in mirror.said)


def test_make_up_alone_has_no_overlay(mirror):
    got = mirror.client.post("/v1/tryon/landmarks", json=told()).json()
    assert got["overlay"] is None
    assert got["makeup"][0]["albedo_srgb"] == MAKEUP["albedo_srgb"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"landmarks": [[0.0, 0.0]] * 478}, 422, "E_LANDMARKS"),
        ({"landmarks": [[1.0, 2.0]] * 477}, 422, "E_REQUEST"),
        ({"landmarks": [[1e300, 2.0]] * 478}, 422, "E_REQUEST"),
        ({"width": 100_000}, 422, "E_REQUEST"),
        ({"pd": "5m"}, 422, "E_PD"),
        ({"glasses": "a" * 26}, 404, "E_ASSET_NOT_FOUND"),
        ({"photo": "AAAA"}, 422, "E_REQUEST"),
    ],
)
def test_landmarks_that_cannot_be_used_are_a_problem(mirror, change, status, code):
    answer = mirror.client.post("/v1/tryon/landmarks", json=told() | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_glasses_that_nothing_names_are_asked_for(mirror):
    recipe = {**RECIPE, "items": [{"kind": "glasses", "asset": {"uri": "glasses.glb"}}]}
    for path, body in (("/v1/tryon", asked(b"x")), ("/v1/tryon/landmarks", told())):
        got = mirror.client.post(path, json={**body, "recipe": recipe}).json()
        assert (got["code"], got["where"], got["expected"]) == ("E_RECIPE_FILE", "glasses", "the id of their asset")


def test_a_photo_may_be_what_a_canvas_makes_of_it(mirror, models, astronaut):
    bare = asked(encode(astronaut, "PNG"))
    pictures = [
        mirror.client.post("/v1/tryon", json={**bare, "photo": before + bare["photo"]}).json()["picture"]
        for before in ("", "data:image/png;base64,")
    ]
    assert pictures[0] == pictures[1]


def test_no_landmarks_unasked_nor_with_a_key_for_other_things(service, mirror):
    assert service.client.post("/v1/tryon/landmarks", json=told()).json()["code"] == "E_TRYON_OFF"
    _, text = Keys(mirror.folder).create("shop", scopes=["read", "upload", "jobs"])
    for path, body in (("/v1/tryon/landmarks", told()), ("/v1/tryon", asked(b"x"))):
        refused = mirror.client.post(path, json=body, headers={"Authorization": f"Bearer {text}"})
        assert (refused.status_code, refused.json()["code"]) == (403, "E_SCOPE_MISSING")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"photo": "no base64!"}, 422, "E_BASE64"),
        ({"photo": ""}, 422, None),
        ({"photo": "né"}, 422, "E_BASE64"),
        ({"photo": base64.b64encode(b"no picture").decode()}, 422, "E_IMAGE_BROKEN"),
        ({"glasses": "a" * 26}, 404, "E_ASSET_NOT_FOUND"),
        ({"recipe": {"schema": "arviz.tryon/1", "id": "r", "items": [{**MAKEUP, "kind": "paint"}]}}, 422, None),
        ({"pd": "63 apples"}, 422, None),
        ({"pd": "5m"}, 422, "E_PD"),
    ],
)
def test_what_cannot_be_tried_on_is_a_problem(mirror, models, astronaut, change, status, code):
    answer = mirror.client.post("/v1/tryon", json=asked(encode(astronaut, "JPEG")) | change)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert code is None or answer.json()["code"] == code
    assert "/dev/shm" not in answer.text
