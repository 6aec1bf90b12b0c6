"""The Python client against a real service: the same words as work done here, and no work lost on bad lines."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image as PillowImage

from arviz.client import Client, Job
from arviz.client import upload as uploads
from arviz.core.errors import BackendError, BusyError, ConflictError, CredentialsError, FormatError, InputError, LimitError, NotFoundError
from tests.client.cutting import CuttingProxy
from tests.service.conftest import chair, product, service

__all__ = ["chair", "service"]  # fixtures


@pytest.fixture
def client(service):
    with Client(service.url, service.key) as client:
        yield client


def raised(call, kind, code):
    """Return the error that a call raises, of exactly this class and code."""
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert caught.value.code == code
    return caught.value


def source_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def test_from_a_file_to_a_picture(client, tmp_path):
    path = tmp_path / "stool.glb"
    path.write_bytes(product("dining-chair"))
    told = []
    job = client.run("convert", {"source": path}, {"name": "Stühlchen"}, progress=lambda stage, share: told.append((stage, share)))
    assert job.state == "done"
    assert ("uploading", 1.0) in told
    assert all(0.0 <= share <= 1.0 for _, share in told)
    asset = client.asset(job.result["asset"])
    assert asset["name"] == "Stühlchen"
    assert asset["size_mm"]["height"] == pytest.approx(820, abs=1)
    assert asset["id"] in client.assets()
    assert client.download(asset["links"]["glb"])[:4] == b"glTF"
    assert PillowImage.open(io.BytesIO(client.download(asset["links"]["phone"]))).size == (512, 512)
    render = client.run("render", {"asset": asset["id"]}, {"width": 40, "height": 30, "samples": 1})
    assert render.files == ("picture",)
    assert PillowImage.open(io.BytesIO(client.file(render, "picture"))).size == (40, 30)
    raised(lambda: client.file(render, "clip"), NotFoundError, "E_NOT_FOUND")
    assert {job.id, render.id} <= {one.id for one in client.jobs(state="done")}


def test_what_failed_there_is_raised_as_if_it_had_failed_here(client):
    from arviz.formats.read import read

    short = product("lamp")[:-100]
    here = raised(lambda: read(short, format="glb"), FormatError, "E_TRUNCATED")
    there = raised(lambda: client.run("convert", {"source": short}), InputError, "E_TRUNCATED")
    assert (there.what, there.expected, there.found, there.hint) == (here.what, here.expected, here.found, here.hint)
    job = client.start("convert", {"source": short})
    assert client.wait(job).state == "failed"
    assert client.wait(job.id).error.code == "E_TRUNCATED"


def test_what_is_refused_says_where_and_why(client):
    error = raised(lambda: client.start("convert", {"source": "../../etc/passwd"}), InputError, "E_JOB_INPUT")
    assert error.where == "inputs.source"
    assert error.expected == "sha256: and 64 digits of base 16"
    raised(lambda: client.start("nothing", {}), InputError, "E_REQUEST")
    raised(lambda: client.start("convert", {"source": source_of(secrets.token_bytes(8))}), NotFoundError, "E_INPUT_NOT_FOUND")
    raised(lambda: client.job("../keys"), NotFoundError, "E_NOT_FOUND")
    raised(lambda: client.asset("a" * 26), NotFoundError, "E_ASSET_NOT_FOUND")


def test_the_same_key_gives_the_same_job_and_no_key_another(client, chair):
    inputs = chair["spec"]["inputs"]
    key = secrets.token_hex(8)
    assert client.start("check", inputs, key=key).id == client.start("check", inputs, key=key).id
    assert client.start("check", inputs).id != client.start("check", inputs).id
    raised(lambda: client.start("check", inputs, {"size": "1x1x1m"}, key=key), ConflictError, "E_KEY_REUSED")


def test_a_job_is_stopped_and_nothing_is_waited_for_beyond_its_time(client):
    job = client.start("convert", {"source": product("fridge")}, {"name": secrets.token_hex(8)})
    raised(lambda: client.wait(job, timeout_s=0), LimitError, "E_WAIT")
    assert client.cancel(job).state == "cancelled"
    assert client.wait(job).state == "cancelled"


def test_a_stopped_job_is_told_by_run(client, service):
    name = secrets.token_hex(8)

    def stop():
        with Client(service.url, service.key) as other:
            job = next(job for _ in itertools.count() for job in other.jobs() if job.options.get("name") == name)
            other.cancel(job)

    threading.Thread(target=stop).start()
    raised(lambda: client.run("convert", {"source": product("sofa")}, {"name": name}), ConflictError, "E_JOB_CANCELLED")


def test_a_batch_is_followed_to_its_manifest(client, chair):
    good = {"kind": "convert", "inputs": chair["spec"]["inputs"], "options": {"name": "Chair"}}
    batch = client.wait_batch(client.batch([good, {"kind": "check", "inputs": {"source": b"no product"}}]))
    assert (batch.ended, batch.jobs, batch.counts["done"], batch.counts["failed"]) == (True, 2, 1, 1)
    lines = {line["state"]: line for line in client.manifest(batch)}
    assert lines["done"]["result"] == chair["result"]
    assert client.retry_batch(batch).counts["failed"] == 0
    assert client.cancel_batch(batch).counts["queued"] == 0


def test_a_batch_with_one_wrong_job_starts_none(client, chair):
    name = secrets.token_hex(8)
    good = {"kind": "convert", "inputs": chair["spec"]["inputs"], "options": {"name": name}}
    wrong = {"kind": "convert", "inputs": {"source": source_of(secrets.token_bytes(8))}}
    raised(lambda: client.batch([good, wrong]), NotFoundError, "E_INPUT_NOT_FOUND")
    assert [job for job in client.jobs() if job.options.get("name") == name] == []


def test_what_a_key_may_see_is_kept_by_no_cache(service, chair):
    for path in ("/v1/jobs", "/v1/assets", f"/v1/assets/{chair['result']['asset']}"):
        assert service.client.get(path).headers["cache-control"] == "no-store"
    assert service.client.get(f"/v1/jobs/{chair['id']}").headers["cache-control"] == "no-cache"


def test_a_path_tells_all_its_methods(service):
    answer = service.client.request("TRACE", "/v1/jobs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("length", [0, 1, 300_000])
def test_bytes_and_files_become_the_same_source(client, tmp_path, length):
    data = os.urandom(length)
    path = tmp_path / "a file ü.bin"
    path.write_bytes(data)
    assert client.upload(data) == client.upload(path) == client.upload(str(path), name="x/y") == source_of(data)


def test_large_files_go_in_parts_through_a_line_that_is_cut(service, monkeypatch, tmp_path):
    monkeypatch.setattr(uploads, "AT_ONCE_BYTES", 2**20)
    monkeypatch.setattr(uploads, "_PART_BYTES", 2**21)
    data = os.urandom(9 * 2**20 + 7)
    path = tmp_path / "large.bin"
    path.write_bytes(data)
    shares = []
    with CuttingProxy(service.url, cuts=[100, 900_000, 3_000_000, 1, 2_500_000]) as proxy, Client(proxy.url, service.key) as client:
        assert client.upload(path, progress=lambda _, share: shares.append(share)) == source_of(data)
    assert proxy.cut == 5
    assert shares[-1] == 1.0
    # What arrived before a cut is not sent again, but for what was on its way.
    assert proxy.passed < len(data) + 2**19


def test_a_proxy_that_takes_headers_out_is_no_hang(service, chair, monkeypatch):
    monkeypatch.setattr(uploads, "AT_ONCE_BYTES", 0)
    data = product("dining-chair")
    with CuttingProxy(service.url, strip="arviz-source") as proxy, Client(proxy.url, service.key) as client:
        assert client.upload(data) == source_of(data)
        assert client.run("convert", {"source": data}, {"name": "Chair"}).result == chair["result"]
    for header in ("upload-offset", "location"):
        with CuttingProxy(service.url, strip=header) as proxy, Client(proxy.url, service.key) as client:
            error = raised(lambda client=client: client.upload(data), BackendError, "E_SERVICE_ANSWER")
            assert header in error.expected


def test_a_put_that_is_cut_is_sent_again(service):
    data = os.urandom(2_000_000)
    with CuttingProxy(service.url, cuts=[800_000]) as proxy, Client(proxy.url, service.key) as client:
        assert client.upload(data) == source_of(data)
    assert proxy.cut == 1


def test_a_job_whose_answer_was_lost_is_started_once(service, chair):
    name = secrets.token_hex(8)
    with Client(service.url, service.key) as near, CuttingProxy(service.url) as proxy, Client(proxy.url, service.key) as client:
        proxy.lose = True
        job = client.start("convert", chair["spec"]["inputs"], {"name": name})
        assert proxy.cut == 1
        assert [one.id for one in near.jobs() if one.options.get("name") == name] == [job.id]


def test_a_file_that_changes_is_not_taken_for_another(client, tmp_path):
    path = tmp_path / "growing.bin"
    path.write_bytes(bytes(2_000_000))

    def change(_, share):
        if share < 0.5:
            with path.open("r+b") as file:
                file.seek(1_500_000)
                file.write(b"x")

    raised(lambda: client.upload(path, progress=change), InputError, "E_FILE_CHANGED")
    raised(lambda: client.upload(path, progress=lambda *_: os.truncate(path, 10)), InputError, "E_FILE_CHANGED")
    assert client.upload(path) == source_of(path.read_bytes())  # the connection is as good as new


def test_what_is_no_file_is_told_before_anything_is_sent(client, tmp_path):
    raised(lambda: client.upload(tmp_path / "none.glb"), InputError, "E_FILE_MISSING")
    raised(lambda: client.upload(tmp_path), InputError, "E_FILE_KIND")


def test_a_wrong_key_and_a_key_without_the_right(service):
    with Client(service.url, "av_00000000_x") as client:
        raised(lambda: next(client.assets()), CredentialsError, "E_KEY")
        raised(lambda: client.upload(os.urandom(20_000_000)), CredentialsError, "E_KEY")
    for key in ("", "av_a\r\nX: y", "av ü"):
        raised(lambda key=key: Client(service.url, key), InputError, "E_KEY_FORM")


def test_a_missing_service_is_told_at_once(service):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", service.key) as client:
        error = raised(lambda: client.upload(b"x"), BackendError, "E_SERVICE_UNREACHABLE")
    assert error.where == f"http://127.0.0.1:{port}"
    assert "arviz serve" in error.hint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://host",
        "http://",
        "http://a b",
        "http://host:x",
        "http://me:secret@host",
        "http://host/?q",
        "http://ho\nst",
    ],
)
def test_what_is_no_address_is_refused(url):
    error = raised(lambda: Client(url, "av_x"), InputError, "E_SERVICE_URL")
    assert error.expected


class _Odd(BaseHTTPRequestHandler):
    """Answers what its server was given, one after the other, as services and proxies in trouble do."""

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, body = self.server.answers.pop(0)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def odd():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    server.answers, server.asked = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}/shop"
    yield server
    server.shutdown()
    server.server_close()


def test_a_busy_service_is_asked_again_when_it_says(odd):
    busy = json.dumps({"title": "full", "code": "E_RATE", "status": 429}).encode()
    odd.answers += [(429, {"Retry-After": "0"}, busy), (503, {}, b""), (200, {}, b'{"assets": ["a"]}'), (200, {}, b'{"assets": []}')]
    with Client(odd.url, "av_x") as client:
        assert list(client.assets()) == ["a"]
    assert odd.asked[0][0] == "/shop/v1/assets?limit=1000&after="
    assert odd.asked[0][1]["Authorization"] == "Bearer av_x"


def test_a_service_that_stays_busy_says_so_at_last(odd):
    busy = json.dumps({"title": "full", "code": "E_RATE", "hint": "Later."}).encode()
    odd.answers += [(429, {"Retry-After": "0"}, busy)] * 20
    with Client(odd.url, "av_x") as client:
        error = raised(lambda: next(client.assets()), BusyError, "E_RATE")
    assert error.hint == "Later."
    assert len(odd.asked) < 10


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, b"<html>", BackendError),
        (400, b"[]", InputError),
        (404, b'{"code": 1}', NotFoundError),
        (302, b"", InputError),
        (500, b"\xff", BackendError),
    ],
)
def test_answers_that_are_no_services_are_errors_too(odd, status, body, kind):
    odd.answers.append((status, {}, body))
    with Client(odd.url, "av_x") as client:
        raised(lambda: next(client.assets()), kind, "E_SERVICE_ANSWER")


@pytest.mark.parametrize("body", [b"<html>welcome", b"[]", b"\xff"])
def test_a_welcome_page_is_no_answer(odd, body):
    odd.answers.append((200, {}, body))
    with Client(odd.url, "av_x") as client:
        raised(lambda: client.asset("a"), BackendError, "E_SERVICE_ANSWER")


def test_half_an_answer_is_asked_for_again(odd):
    odd.answers += [(200, {}, b'{"id": 0}'), (200, {"Content-Length": "100", "Connection": "close"}, b'{"id'), (200, {}, b'{"id": 1}')]
    with Client(odd.url, "av_x") as client:
        assert client.asset("a") == {"id": 0}
        assert client.asset("a") == {"id": 1}


def test_a_picture_is_waited_for_and_no_key_goes_along(odd):
    odd.answers += [(202, {"Retry-After": "0"}, b"{}"), (202, {"Retry-After": "0"}, b"{}"), (200, {}, b"picture")]
    with Client("http://elsewhere.invalid", "av_x") as client:
        assert client.download(f"{odd.url}/r/x/w=1,variant=Dark%20oak/a.png") == b"picture"
    path, headers = odd.asked[0]
    assert path == "/shop/r/x/w=1,variant=Dark%20oak/a.png"
    assert "Authorization" not in headers


def test_it_stands_on_the_standard_library_and_the_core_alone():
    code = "import sys, arviz.client; print(*sorted({n.partition('.')[0] for n in sys.modules}))"
    found = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert found & {"fastapi", "starlette", "pydantic", "httpx", "numpy", "uvicorn", "obstore"} == set()


def test_a_job_is_what_the_service_says(chair):
    job = Job.of(chair)
    assert (job.id, job.state, job.ended, job.error) == (chair["id"], "done", True, None)
    assert job.inputs == chair["spec"]["inputs"]
