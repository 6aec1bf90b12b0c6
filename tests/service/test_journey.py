"""From a file to a picture in a page, through a real service."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import time

import httpx
import pytest
from PIL import Image as PillowImage

from arviz.formats.read import read
from arviz.jobs.store import Store
from arviz.service.addresses import signed_address
from arviz.service.settings import secret
from tests.service.conftest import picture, product, run_job, upload

UNKNOWN = "a" * 26


def problem(answer, status, code):
    """Check that an answer is a problem (RFC 9457) with a code of ours."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["code"] == code
    assert told["status"] == status
    assert told["type"] == f"urn:arviz:error:{code}"
    assert told["title"]
    assert told["detail"]
    return told


def test_an_upload_is_named_by_its_hash(service):
    data = b"anything at all"
    source = upload(service.client, data)
    assert source == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert upload(service.client, data) == source


def test_a_file_becomes_an_asset_of_true_size(service, chair):
    asset = service.client.get(f"/v1/assets/{chair['result']['asset']}").json()
    assert (asset["size_mm"]["width"], asset["size_mm"]["depth"], asset["size_mm"]["height"]) == pytest.approx((460, 520, 820), abs=1)
    assert asset["variants"] == ["Sand", "Graphite", "Rust"]
    glb = httpx.get(asset["links"]["glb"])
    assert glb.headers["content-type"] == "model/gltf-binary"
    assert read(glb.content, format="glb").variants == ("Sand", "Graphite", "Rust")
    usdz = httpx.get(asset["links"]["usdz"])
    assert usdz.headers["content-type"] == "model/vnd.usdz+zip"
    assert usdz.content[:2] == b"PK"
    assert asset["id"] in service.client.get("/v1/assets").json()["assets"]


def test_a_page_gets_the_small_file_and_others_what_they_ask_for(service, chair):
    asset = service.client.get(f"/v1/assets/{chair['result']['asset']}").json()
    told = {output["file"]: output for output in asset["outputs"]}
    assert list(told) == ["glb", "web", "usdz"]
    for file, output in told.items():
        data = httpx.get(asset["links"][file]).content
        assert (len(data), hashlib.sha256(data).hexdigest()) == (output["bytes"], output["sha256"])
    assert told["web"]["bytes"] < told["glb"]["bytes"] / 2
    record = httpx.get(f"{service.url}/embed/{asset['id']}.json").json()
    assert record["links"]["web"] == asset["links"]["web"]
    assert "plain" not in record["links"]
    answer = httpx.get(asset["links"]["web"])
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert read(answer.content, format="glb").variants == ("Sand", "Graphite", "Rust")
    other = signed_address(f"/a/{asset['id']}.plain.glb", secret=secret(service.folder))
    problem(service.client.get(other), 404, "E_NOT_FOUND")
    problem(service.client.get(asset["links"]["web"].replace(".web.glb", ".glb")), 403, "E_SIGNATURE")
    made = run_job(service.client, "convert", chair["spec"]["inputs"], {"name": "Chair", "targets": ["plain"]})
    plain = service.client.get(f"/v1/assets/{made['result']['asset']}").json()["links"]["plain"]
    assert b"extensionsRequired" not in httpx.get(plain).content
    problem(
        service.client.post("/v1/jobs", json={"kind": "convert", "inputs": chair["spec"]["inputs"], "options": {"effort": "slow"}}),
        422,
        "E_REQUEST",
    )


def test_an_asset_that_was_made_before_there_were_targets_is_still_shown(service, chair):
    store = Store(service.folder / "store")
    before = {name: value for name, value in store.document("assets", chair["result"]["asset"]).items() if name != "outputs"}
    before["files"] = {name: blob for name, blob in before["files"].items() if name != "web"}
    store.put_document("assets", UNKNOWN.replace("a", "b"), before)
    asset = UNKNOWN.replace("a", "b")
    assert "web" not in service.client.get(f"/v1/assets/{asset}").json()["links"]
    links = httpx.get(f"{service.url}/embed/{asset}.json").json()["links"]
    assert httpx.get(links["glb"]).content[:4] == b"glTF"
    assert "web" not in links


def test_the_same_again_is_not_made_again(service, chair):
    again = run_job(service.client, "convert", chair["spec"]["inputs"], {"name": "Chair"})
    assert again["id"] != chair["id"]
    assert again["result"] == chair["result"]


def test_a_picture_is_drawn_kept_and_validated(service, chair):
    asset = service.client.get(f"/v1/assets/{chair['result']['asset']}").json()
    first = picture(httpx.Client(), asset["links"]["phone"])
    assert first.status_code == 200
    assert first.headers["content-type"] == "image/webp"
    assert PillowImage.open(io.BytesIO(first.content)).size == (512, 512)
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["access-control-allow-origin"] == "*"
    again = httpx.get(asset["links"]["phone"], headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert httpx.head(asset["links"]["phone"]).headers["content-length"] == str(len(first.content))


def test_options_change_the_picture_and_only_signed_ones_are_drawn(service, chair):
    asset = chair["result"]["asset"]
    key = secret(service.folder)
    one, other = (
        picture(service.client, signed_address(f"/r/w=64,h=48,bg=ffffff,variant={name}/{asset}.png", secret=key)).content
        for name in ("Sand", "Graphite")
    )
    assert PillowImage.open(io.BytesIO(one)).size == (64, 48)
    assert one != other
    good = signed_address(f"/r/w=64/{asset}.png", secret=key)
    problem(service.client.get(good.replace("w=64", "w=65")), 403, "E_SIGNATURE")
    problem(service.client.get(good.replace(".png", ".webp")), 403, "E_SIGNATURE")
    problem(service.client.get(signed_address(f"/r/until=1000/{asset}.png", secret=key)), 403, "E_SIGNATURE_EXPIRED")
    problem(service.client.get(signed_address(f"/r/w=64/{UNKNOWN}.png", secret=key)), 404, "E_ASSET_NOT_FOUND")
    problem(service.client.get(signed_address(f"/r/w=64,variant=Pink/{asset}.png", secret=key)), 422, "E_VARIANT_UNKNOWN")


def test_an_address_ends_when_it_says(service, chair):
    address = signed_address(f"/r/w=32/{chair['result']['asset']}.png", secret=secret(service.folder), seconds=600)
    assert int(picture(service.client, address).headers["cache-control"].removeprefix("public, max-age=")) <= 600


@pytest.mark.parametrize(
    ("header", "status", "span"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
def test_files_come_in_ranges(service, chair, header, status, span):
    address = service.client.get(f"/v1/assets/{chair['result']['asset']}").json()["links"]["glb"]
    whole = httpx.get(address).content
    part = httpx.get(address, headers={"Range": header})
    assert part.status_code == status
    assert part.content == whole[span]
    assert httpx.get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_a_job_draws_what_is_too_large_to_wait_for(service, chair):
    job = run_job(
        service.client, "render", {"asset": chair["result"]["asset"]}, {"width": 300, "height": 200, "format": "png", "samples": 1}
    )
    assert job["state"] == "done", job["error"]
    data = service.client.get(f"/v1/jobs/{job['id']}/files/picture")
    assert data.headers["content-type"] == "image/png"
    assert PillowImage.open(io.BytesIO(data.content)).size == (300, 200)
    problem(service.client.get(f"/v1/jobs/{job['id']}/files/clip"), 404, "E_NOT_FOUND")


def test_a_file_is_judged(service):
    job = run_job(service.client, "check", {"source": upload(service.client, product("dining-chair"))}, {"size": "46x52x82cm"})
    assert job["state"] == "done", job["error"]
    assert job["result"]["report"]["schema"] == "arviz.check/1"


def test_what_cannot_be_read_fails_at_once_with_the_code_of_the_command_line(service):
    job = run_job(service.client, "convert", {"source": upload(service.client, product("lamp")[:-100])})
    assert job["state"] == "failed"
    assert job["attempt"] == 1
    assert job["error"]["code"] == "E_TRUNCATED"
    assert str(service.folder) not in json.dumps(job)


def test_events_tell_a_job_from_beginning_to_end(service):
    source = upload(service.client, product("picture"))
    job = service.client.post("/v1/jobs", json={"kind": "convert", "inputs": {"source": source}}).json()
    seen = []
    with service.client.stream("GET", f"/v1/jobs/{job['id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        seen.extend(json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line.startswith("data: "))
    assert seen[-1]["state"] == "done"
    numbers = [one["sequence"] for one in seen]
    assert numbers == sorted(set(numbers))
    with service.client.stream("GET", f"/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": str(numbers[-1])}) as stream:
        assert list(stream.iter_lines()) == []


def test_an_idempotency_key_gives_the_same_job(service):
    source = upload(service.client, product("picture"))
    asked = {"kind": "convert", "inputs": {"source": source}}
    first, second = (service.client.post("/v1/jobs", json=asked, headers={"Idempotency-Key": "order-7"}) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    other = service.client.post("/v1/jobs", json={**asked, "options": {"name": "x"}}, headers={"Idempotency-Key": "order-7"})
    problem(other, 409, "E_KEY_REUSED")


def test_a_job_can_be_stopped_once(service):
    source = upload(service.client, product("fridge"))
    job = service.client.post(
        "/v1/jobs", json={"kind": "convert", "inputs": {"source": source}, "options": {"name": f"{time.time()}"}}
    ).json()
    cancelled = service.client.post(f"/v1/jobs/{job['id']}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    assert service.client.post(f"/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"


def test_a_job_that_has_ended_cannot_be_stopped(service, chair):
    problem(service.client.post(f"/v1/jobs/{chair['id']}/cancel"), 409, "E_JOB_ENDED")
    etag = service.client.get(f"/v1/jobs/{chair['id']}").headers["etag"]
    assert service.client.get(f"/v1/jobs/{chair['id']}", headers={"If-None-Match": etag}).status_code == 304


def test_a_batch_counts_and_tells_what_came_of_each(service, chair):
    good = {"kind": "convert", "inputs": chair["spec"]["inputs"], "options": {"name": "Chair"}}
    bad = {"kind": "convert", "inputs": {"source": upload(service.client, b"no product")}}
    batch = service.client.post("/v1/batches", json={"jobs": [good, bad]})
    assert batch.status_code == 202
    location = batch.headers["location"]
    while not (state := service.client.get(location).json())["ended"]:
        time.sleep(0.2)
    assert (state["jobs"], state["counts"]["done"], state["counts"]["failed"]) == (2, 1, 1)
    lines = [json.loads(line) for line in service.client.get(f"{location}/manifest.jsonl").text.splitlines()]
    assert {line["state"]: (line["result"] or line["error"]) for line in lines}["done"] == chair["result"]
    assert service.client.post(f"{location}/retry").json()["counts"]["failed"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "nothing", "inputs": {}}, 422, "E_REQUEST"),
        ({"kind": "convert", "inputs": {"source": "sha256:" + "0" * 64}}, 404, "E_INPUT_NOT_FOUND"),
        ({"kind": "convert", "inputs": {"source": "../../etc/passwd"}}, 422, "E_JOB_INPUT"),
        ({"kind": "convert", "inputs": {}}, 422, "E_JOB_INPUT"),
        ({"kind": "convert", "inputs": {"source": "sha256:" + "0" * 64}, "options": {"trust": "trusted"}}, 422, "E_REQUEST"),
        ({"kind": "render", "inputs": {"asset": UNKNOWN}, "options": {"background": "/etc/passwd"}}, 422, "E_REQUEST"),
        ({"kind": "render", "inputs": {"asset": UNKNOWN}}, 404, "E_INPUT_NOT_FOUND"),
        ("[]", 422, "E_REQUEST"),
    ],
)
def test_requests_that_are_not_understood(service, body, status, code):
    problem(service.client.post("/v1/jobs", json=body), status, code)


def test_nobody_works_without_a_key_or_beyond_it(service):
    stranger = httpx.Client(base_url=service.url)
    told = stranger.post("/v1/jobs", json={})
    problem(told, 401, "E_KEY_MISSING")
    assert told.headers["www-authenticate"] == "Bearer"
    problem(stranger.get("/v1/assets", headers={"Authorization": "Bearer av_00000000_x"}), 401, "E_KEY")


def test_keys_see_their_own_jobs(service, chair):
    from arviz.service.keys import Keys

    _, text = Keys(service.folder).create("other", scopes=["read"])
    other = httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {text}"})
    problem(other.get(f"/v1/jobs/{chair['id']}"), 404, "E_JOB_NOT_FOUND")
    assert other.get("/v1/jobs").json()["jobs"] == []
    problem(other.put("/v1/sources", params={"name": "x"}, content=b"x"), 403, "E_SCOPE_MISSING")
    assert other.get("/v1/assets").headers["ratelimit-limit"] == "600"


def test_the_service_says_how_it_is(service):
    assert httpx.get(f"{service.url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{service.url}/readyz", timeout=60)
    assert ready.status_code == 200, ready.text
    assert all(check["ok"] for check in ready.json()["checks"].values())
    metrics = httpx.get(f"{service.url}/metrics").text
    assert 'arviz_jobs{state="done"}' in metrics
    assert "arviz_requests_total" in metrics


def test_what_is_not_there_is_a_problem_too(service):
    problem(httpx.get(f"{service.url}/v1/nothing"), 404, "E_NOT_FOUND")
    problem(httpx.delete(f"{service.url}/healthz"), 405, "E_METHOD")
    problem(service.client.get(f"/v1/assets/{UNKNOWN}"), 404, "E_ASSET_NOT_FOUND")
    problem(service.client.get("/v1/assets/..%2f..%2fetc"), 404, "E_NOT_FOUND")


def test_no_answer_is_taken_for_what_it_does_not_say_it_is(service, chair):
    links = service.client.get(f"/v1/assets/{chair['result']['asset']}").json()["links"]
    answers = [
        service.client.get(path) for path in ("/", "/healthz", "/v1/nothing", "/web/ar-view.js", f"/embed/{chair['result']['asset']}")
    ]
    answers += [picture(httpx.Client(), links["phone"]), httpx.get(links["glb"]), httpx.get(f"{service.url}/v1/jobs")]
    assert {answer.status_code for answer in answers} == {200, 401, 404}
    assert all(answer.headers.get_list("x-content-type-options") == ["nosniff"] for answer in answers)


def test_nothing_of_anybody_is_said_on_the_terminal(service, chair):
    assert chair
    assert service.said == [line for line in service.said if "Chair" not in line and "sha256" not in line]
    assert sys.platform != "linux" or all("Traceback" not in line for line in service.said)
