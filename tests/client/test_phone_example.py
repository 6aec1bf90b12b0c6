"""What the examples for phones send, byte for byte alike, makes a picture of a product in a room."""

from __future__ import annotations

import io
import json
import secrets
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.testing.captures import phone_camera, record, write_app_json
from arviz.testing.rooms import make_room
from tests.seeds import drawn_seed
from tests.service.conftest import chair, service

__all__ = ["chair", "service"]  # fixtures


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Return the frame of a phone in a room: (the document, the photo's bytes)."""
    seed = drawn_seed()
    room = make_room(seed, kind="box", furnished=False, camera=phone_camera(), views=1)
    path = write_app_json(tmp_path_factory.mktemp("phone") / "session.json", record(room, depth_px=None), room)
    document = json.loads(path.read_text())
    (frame,) = document["frames"]
    photo = io.BytesIO()
    PillowImage.open(path.with_name(frame["image"])).save(photo, "JPEG", quality=90)
    frame["image"] = "photo.jpg"
    return document, photo.getvalue()


def ask(service, method, path, body=b"", content_type="application/octet-stream", **headers):
    """Send what URLSession and java.net.http send: a body of known length, a key, a type."""
    connection = HTTPConnection(urlsplit(service.url).netloc, timeout=90)
    sent = {"Authorization": f"Bearer {service.key}", "Content-Type": content_type, "Content-Length": str(len(body)), **headers}
    connection.request(method, path, body=body, headers=sent)
    answer = connection.getresponse()
    data = answer.read()
    assert answer.status < 300, data
    return data if "json" not in answer.headers["Content-Type"] else json.loads(data)


def done(service, asked):
    job = ask(service, "POST", "/v1/jobs", json.dumps(asked).encode(), "application/json", **{"Idempotency-Key": secrets.token_hex(8)})
    while job["state"] in ("queued", "running"):
        job = ask(service, "GET", f"/v1/jobs/{job['id']}", Prefer="wait=20")
    assert job["state"] == "done", job["error"]
    return job


def test_a_frame_of_a_phone_becomes_a_furnished_photo(service, chair, session):
    document, photo = session
    sources = {
        name: ask(service, "PUT", f"/v1/sources?name={quote(name)}", data)["source"]
        for name, data in {"photo.jpg": photo, "session.json": json.dumps(document).encode()}.items()
    }
    asked = {
        "kind": "place",
        "inputs": {"product": chair["result"]["asset"], **sources},
        "options": {"sources": ["session.json"], "photo": "photo.jpg", "picture": "jpg"},
    }
    job = done(service, asked)
    report = job["result"]["report"]
    assert report["scale"]["sigma"] > 0  # a phone without LiDAR: its lengths are not sure, and the answer says how much
    picture = PillowImage.open(io.BytesIO(ask(service, "GET", f"/v1/jobs/{job['id']}/files/picture")))
    before = np.asarray(PillowImage.open(io.BytesIO(photo)).convert("RGB"), int)
    assert picture.size == before.shape[1::-1]
    assert report["best"], report["why_not"]
    assert (np.abs(np.asarray(picture, int) - before).max(axis=2) > 12).mean() > 0.003  # JPEG moves pixels by less
    short = done(service, {"kind": "place", "inputs": asked["inputs"]})  # one capture, one photo: nothing else can be meant
    assert short["result"]["report"] == report
    assert short["result"]["files"] == job["result"]["files"]
