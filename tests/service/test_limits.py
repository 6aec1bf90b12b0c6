"""What a service takes of one key, and of a request that means harm: asked in this process, without anybody who works."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
import time
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from arviz.core.errors import AccessError, BackendError, BusyError
from arviz.service import health, jobs
from arviz.service.app import create_app
from arviz.service.held import Held
from arviz.service.keys import Key
from arviz.service.pictures import Pictures
from arviz.service.quotas import Quotas
from arviz.service.settings import Settings
from arviz.service.signing import sign
from tests.service.test_journey import problem

DATA = b"anything"
CHECK = {"kind": "check", "inputs": {"source": f"sha256:{hashlib.sha256(DATA).hexdigest()}"}}


def asked(name):
    return {**CHECK, "options": {"unit": name}}


@pytest.fixture
def opened(tmp_path):
    """Return what opens a service of some settings: its client, with the key of an admin, and its parts."""
    apps = []

    def open_one(*, base_url="http://localhost", limits=None, **settings):
        app = create_app(Settings(folder=tmp_path, **{"work": False, **settings}))
        apps.append(app)
        _, text = app.state.parts.keys.create("asks", scopes=["admin"], **(limits or {}))
        client = TestClient(app, base_url=base_url, headers={"Authorization": f"Bearer {text}"})
        assert client.put("/v1/sources", params={"name": "x"}, content=DATA).status_code == 201
        return client, app.state.parts

    yield open_one
    for app in apps:
        with app.state.parts:
            pass


def test_a_full_queue_says_when_to_come_again(opened):
    client, _ = opened(queued_jobs=1)
    first = client.post("/v1/jobs", json=asked("mm"), headers={"Idempotency-Key": "a"})
    assert first.status_code == 202
    for path, body in (("/v1/jobs", asked("cm")), ("/v1/batches", {"jobs": [asked("cm")]})):
        full = client.post(path, json=body)
        problem(full, 429, "E_QUEUE_FULL")
        assert full.headers["retry-after"] == "5"
    again = client.post("/v1/jobs", json=asked("mm"), headers={"Idempotency-Key": "a"})  # it is there already
    assert again.json()["id"] == first.json()["id"]


def test_a_key_has_its_jobs_of_a_day(opened):
    client, parts = opened(jobs_per_day=3)
    batch = {"jobs": [asked("mm"), asked("cm")]}
    for _ in range(2):  # the second time it counts for nothing
        assert client.post("/v1/batches", json=batch, headers={"Idempotency-Key": "b"}).status_code == 202
    problem(client.post("/v1/batches", json={"jobs": [CHECK] * 4}), 403, "E_QUOTA")
    refused = client.post("/v1/batches", json=batch)
    told = problem(refused, 429, "E_QUOTA")
    assert told["expected"] == "at most 3 jobs a day"
    assert 0 < int(refused.headers["retry-after"]) <= 86400
    assert datetime.now(UTC).date() < datetime.fromisoformat(told["hint"].split()[2]).date()
    assert client.post("/v1/jobs", json=asked("m")).status_code == 202
    problem(client.post("/v1/jobs", json=asked("ft")), 429, "E_QUOTA")
    _, text = parts.keys.create("more", scopes=["admin"], jobs_per_day=4)  # its own limit goes first
    assert client.post("/v1/batches", json={"jobs": [CHECK] * 4}, headers={"Authorization": f"Bearer {text}"}).status_code == 202


def test_a_retried_batch_counts_again(opened):
    client, _ = opened(jobs_per_day=3)
    batch = client.post("/v1/batches", json={"jobs": [asked("mm"), asked("cm")]}).headers["location"]
    client.post(f"{batch}/cancel")
    problem(client.post(f"{batch}/retry"), 429, "E_QUOTA")
    assert client.get(batch).json()["counts"]["cancelled"] == 2


def test_a_key_has_its_bytes_of_a_day(opened):
    client, _ = opened(limits={"bytes_per_day": 2 * len(DATA)})
    assert client.put("/v1/sources", params={"name": "x"}, content=DATA).status_code == 201
    problem(client.put("/v1/sources", params={"name": "x"}, content=b"1"), 429, "E_QUOTA")
    problem(client.post("/v1/uploads", headers={"Upload-Length": "1"}), 429, "E_QUOTA")
    problem(client.post("/v1/uploads", headers={"Upload-Length": "100"}), 403, "E_QUOTA")


def test_each_day_begins_anew_and_a_restart_forgets_nothing(tmp_path):
    now = [3 * 86400.0 - 10]
    settings, key = Settings(folder=tmp_path, jobs_per_day=2), Key(id="a", name="", scopes=(), created=0)
    Quotas(settings, clock=lambda: now[0]).take(key, "jobs", 2)
    quotas = Quotas(settings, clock=lambda: now[0])
    quotas.take(key, "bytes", 10**12)  # no limit
    with pytest.raises(BusyError) as caught:
        quotas.take(key, "jobs", 1)
    assert caught.value.retry_after_s == pytest.approx(10)
    assert "1970-01-04T00:00:00Z" in caught.value.hint
    now[0] += 10
    quotas.take(key, "jobs", 2)
    with pytest.raises(AccessError):
        quotas.take(key, "jobs", 3)


def test_an_idempotency_key_gives_the_same_batch(opened):
    client, parts = opened()

    def send(*names):
        return client.post("/v1/batches", json={"jobs": [asked(name) for name in names]}, headers={"Idempotency-Key": "order-7"})

    first = send("mm", "cm")
    assert send("mm", "cm").json() == first.json()
    assert parts.table.counts()["queued"] == 2
    problem(send("mm", "cm", "m"), 409, "E_KEY_REUSED")
    problem(send("mm"), 409, "E_KEY_REUSED")
    problem(send("mm", "ft"), 409, "E_KEY_REUSED")
    assert parts.table.counts()["queued"] == 2
    # A single job and another key are others, whatever their names.
    assert client.post("/v1/jobs", json=asked("mm"), headers={"Idempotency-Key": "order-7"}).status_code == 202
    _, text = parts.keys.create("other", scopes=["admin"])
    other = client.post(
        "/v1/batches", json={"jobs": [asked("mm")]}, headers={"Idempotency-Key": "order-7", "Authorization": f"Bearer {text}"}
    )
    assert other.json()["id"] != first.json()["id"]


@pytest.fixture
def asset(opened):
    """Return the client of a service that has one asset, and its id."""
    client, parts = opened(hosts=("arviz.example",))
    name = "a" * 26
    record = {"files": {"glb": CHECK["inputs"]["source"]}, "name": "x", "size_mm": None, "variants": [], "anchors": []}
    parts.store.put_document("assets", name, record)
    return client, parts, name


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "arviz.example", "arviz.example:81", "testserver:80"])
def test_links_are_made_for_hosts_that_are_ours(asset, host):
    client, _, name = asset  # `testserver` is the address that this client's connections come to
    client.base_url = "http://testserver"
    links = client.get(f"/v1/assets/{name}", headers={"Host": host}).json()["links"]
    assert all(link.startswith(f"http://{host}/") for link in links.values())


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost/x?", "localhost:80@evil.example", "", "localhost:x", "[::1"]
)
def test_no_links_for_other_hosts(asset, host):
    client, _, name = asset
    for path in (f"/v1/assets/{name}", f"/embed/{name}.json", f"/embed/{name}"):
        answer = client.get(path, headers={"Host": host})
        problem(answer, 400, "E_HOST")
        assert "location" not in answer.headers
    assert client.get("/healthz", headers={"Host": host}).status_code == 200
    assert client.get("/v1/jobs/", headers={"Host": host}).status_code == 404  # and nobody is sent there


def test_a_public_address_stands_in_all_links(opened):
    client, parts = opened(public_url="https://3d.shop.example/")
    parts.store.put_document("assets", "a" * 26, {"files": {}, "name": "x"})
    links = client.get(f"/v1/assets/{'a' * 26}", headers={"Host": "evil.example"}).json()["links"]
    assert all(link.startswith("https://3d.shop.example/r/") for link in links.values())


def test_a_head_reads_nothing_and_names_the_length(asset):
    client, parts, name = asset
    answer = client.head(sign(f"/a/{name}.glb", secret=parts.secret))
    assert (answer.headers["content-length"], answer.headers["accept-ranges"]) == (str(len(DATA)), "bytes")


def test_headers_and_bodies_that_are_no_text_of_ours(opened):
    client, _ = opened()
    job = client.post("/v1/jobs", json=CHECK)
    client.post(f"{job.headers['location']}/cancel")
    assert client.get(f"{job.headers['location']}/events", headers={"Last-Event-ID": "²".encode("latin-1")}).status_code == 200
    strange = {"Upload-Length": "5", "Upload-Metadata": "filename é".encode("latin-1")}
    problem(client.post("/v1/uploads", headers=strange), 422, "E_UPLOAD_HEADER")
    sum_of = {"Upload-Length": "5", "Content-Type": "application/offset+octet-stream", "Upload-Checksum": "sha256 é".encode("latin-1")}
    problem(client.post("/v1/uploads", headers=sum_of, content=b"12345"), 422, "E_UPLOAD_HEADER")
    for body in (b"[" * 100_000, b'{"kind": ' + b"9" * 10_000 + b"}", b'{"kind": "\\ud800"}', b"\xff\xfe", b'{"kind": NaN}'):
        problem(client.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"}), 422, "E_REQUEST")


def test_an_encoded_slash_is_no_slash(asset):
    client, parts, name = asset
    address = sign(f"/r/default/{name}.webp", secret=parts.secret)
    problem(client.get(address.replace("/r/", "/r%2F")), 404, "E_NOT_FOUND")


def test_what_many_wait_for_is_kept_once(asset):
    _, parts, name = asset
    pictures = Pictures(parts)
    path = sign(f"/r/default/{name}.webp", secret=parts.secret)
    wanted = pictures._checked(path)
    shown = [pictures._keep(path, wanted, bytes(2**20)) for _ in range(100)]
    assert all(one is shown[0] for one in shown)
    for number in range(100):
        pictures._keep(f"{path}{number}", wanted, bytes(2**20))
    assert sum(len(one.body) for one in pictures._kept.values()) == pictures._bytes <= 64 * 2**20


def test_pictures_of_a_deleted_asset_end_with_it(asset):
    client, parts, name = asset
    path = sign(f"/r/default/{name}.webp", secret=parts.secret)
    pictures = client.app.state.pictures
    pictures._keep(path, pictures._checked(path), b"drawn before")
    assert client.get(path).content == b"drawn before"
    assert client.delete(f"/v1/assets/{name}").status_code == 204
    problem(client.get(path), 404, "E_ASSET_NOT_FOUND")
    assert pictures._bytes == 0


def test_streams_and_long_polls_of_a_key_are_counted(opened, monkeypatch):
    monkeypatch.setattr(jobs, "_MOST_WAITING", 1)
    client, parts = opened()
    job = client.post("/v1/jobs", json=CHECK).headers["location"]
    client.post(f"{job}/cancel")
    for _ in range(3):  # each gives its place back
        assert client.get(f"{job}/events").status_code == 200
        assert client.get(job, headers={"Prefer": "wait=1"}).status_code == 200
    owner = parts.table.list()[0].owner
    with parts.held.one(owner, most=1):
        full = client.get(f"{job}/events")
        problem(full, 429, "E_BUSY")
        assert full.headers["retry-after"] == "5"
    assert client.get(job).status_code == 200


def test_what_is_held_is_given_back_after_a_fault():
    held = Held()
    with pytest.raises(ZeroDivisionError), held.one("a", most=1):
        raise ZeroDivisionError
    with held.one("a", most=1), held.one("b", most=1), pytest.raises(BusyError), held.one("a", most=1):
        pass


def test_a_job_thread_that_stands_still_is_not_ready(opened):
    _, parts = opened(work=True)
    health._jobs(parts)
    parts.pulse.looked_s -= 61
    with pytest.raises(BackendError) as caught:
        health._jobs(parts)
    assert caught.value.code == "E_JOBS_STILL"
    assert not parts.pulse.is_set()
    health._jobs(parts)


def test_jobs_that_nobody_takes_are_not_ready(opened):
    client, parts = opened()
    client.post("/v1/jobs", json=CHECK)
    health._jobs(parts)
    with sqlite3.connect(parts.table.path) as table:
        table.execute("UPDATE jobs SET not_before = ?", (time.time() - 61,))
    table.close()
    with pytest.raises(BackendError) as caught:
        health._jobs(parts)
    assert caught.value.code == "E_JOBS_WAIT"
    parts.table.claim("somebody")
    health._jobs(parts)


@pytest.mark.parametrize("path", ["/v1/batches", "/v1/tryon"])
def test_large_json_of_strangers_is_not_taken_into_memory(opened, path):
    client, _ = opened()
    body = b'{"x": "' + bytes(2 * 2**20).replace(b"\0", b"x") + b'"}'
    stranger = {"Authorization": "Bearer av_00000000_x", "Content-Type": "application/json"}
    problem(client.post(path, content=body, headers=stranger), 413, "E_LIMIT_BODY")
    problem(client.post(path, content=iter([body]), headers=stranger), 413, "E_LIMIT_BODY")  # of no length that it tells
    problem(client.post(path, content=body, headers={"Content-Type": "application/json"}), 422, "E_REQUEST")
    problem(client.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"}), 413, "E_LIMIT_BODY")


def test_large_json_of_a_key_that_may_not_send_it_is_not_taken_either(opened):
    client, parts = opened()
    _, text = parts.keys.create("reads", scopes=["read"])
    headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}
    for path in ("/v1/batches", "/v1/tryon"):
        problem(client.post(path, content=b" " * (2 * 2**20), headers=headers), 413, "E_LIMIT_BODY")


def test_all_who_ask_at_once_whether_it_is_ready_get_one_answer(opened):
    client, _ = opened()

    async def ask():
        return await asyncio.gather(*(client.app.state.readiness.told() for _ in range(20)))

    answers = asyncio.run(ask())
    assert set(answers[0]) == {"table", "store", "disk", "drawing", "jobs"}
    assert all(one is answers[0] for one in answers)


def test_paths_of_the_machine_are_told_to_nobody(opened, tmp_path):
    client, parts = opened()
    shutil.rmtree(tmp_path / "store")
    (tmp_path / "store").write_bytes(b"in the way")
    refused = client.put("/v1/sources", params={"name": "x"}, content=DATA)
    problem(refused, 500, "E_STORE")
    ready = asyncio.run(client.app.state.readiness.told())
    assert not ready["store"]["ok"]
    for said in (refused.text, str(ready)):
        assert str(tmp_path) not in said
        assert str(parts.table.path) not in said


def test_a_fault_of_ours_is_told_and_logged_without_its_words(opened, monkeypatch, caplog):
    client, parts = opened()

    def fault(*_, **__):
        raise ValueError("words of a user")

    monkeypatch.setattr(parts.table, "list", fault)
    answer = client.get("/v1/jobs")  # raises what would come to the server, which logs it
    assert answer.json()["code"] == "E_BUG"
    assert answer.status_code >= 500
    assert "ValueError at test_limits.py" in caplog.text
    assert "words of a user" not in caplog.text + answer.text


def test_the_page_where_a_key_is_typed_is_framed_by_nobody(opened):
    assert "frame-ancestors 'none'" in opened()[0].get("/").headers["content-security-policy"]
