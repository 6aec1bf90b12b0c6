"""Bad input over HTTP: every hostile file, names, lengths and types that lie, signatures that do not fit; the service goes on."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import signal
import socket
import sys
import time
import typing
import zipfile
from pathlib import Path

import httpx
import pytest

from arviz.jobs.options import ModelFormat
from arviz.jobs.sandbox.readable import readable
from arviz.service.addresses import signed_address
from arviz.service.settings import secret
from tests.bench.processes import tree
from tests.hostile.manifest import ends_well, entries, folder
from tests.hostile.test_no_escape import OPENED, SYSTEM, why_not
from tests.service.conftest import picture, start, upload
from tests.service.test_journey import problem

FORMATS = typing.get_args(ModelFormat)
CRASHES = {"E_CHILD_DIED", "E_CHILD_FAILED", "E_TASK_FAILED", "E_TASK_KILLS", "E_OUTPUT_KIND", "E_WORKER_LOST", "E_BUG"}
"""Codes of faults of ours: no file may cause one."""
MODELS = entries()
OTHERS = [
    ("synthetic/png_30000x30000.png", "E_LIMIT_IMAGE_PIXELS"),
    ("synthetic/png_header_lie_65535.png", "E_LIMIT_IMAGE_PIXELS"),
    ("synthetic/ktx2_level_2e40.ktx2", ""),
    ("synthetic/webp_16M.webp", "E_LIMIT_IMAGE_PIXELS"),
    ("synthetic/zip_bomb_1g.zip", "E_LIMIT_UNZIP"),
    ("synthetic/zip_100k_entries.zip", "E_LIMIT_ENTRIES"),
    ("synthetic/zip_symlink.zip", "E_ARCHIVE_LINK"),
    ("synthetic/zip_overlap_50g.zip", "E_LIMIT_UNZIP"),
    ("synthetic/bz2_bomb.bz2", ""),
    ("synthetic/svg_script.svg", ""),
    ("synthetic/obj_mtl_map.mtl", ""),
    ("synthetic/polyglot_png_zip.png", ""),
    ("synthetic/jpeg_orient6.jpg", ""),
    ("synthetic/name_control.txt", ""),
]
"""Files that are no models, and the code that they are refused with as a product or, pictures, as a photo of a room; empty: any."""
PHOTOS = ("synthetic/polyglot_png_zip.png", "synthetic/jpeg_orient6.jpg")
"""Odd ones that are pictures all the same."""
SPREAD = {file for number, (file, kind) in enumerate(MODELS) if number % 29 == 0 or (kind not in ("ok", "check-fails") and number % 4 == 0)}


def packed(file):
    """Return the bytes to upload, in an archive where a model names files that lie beside it; and their format."""
    path = folder() / file
    data = path.read_bytes()
    beside = [one for one in path.parent.iterdir() if one != path and one.is_file() and one.name.encode() in data]
    if path.suffix != ".gltf" or not beside:
        ending = path.suffix.removeprefix(".")
        return data, ending if ending in (*FORMATS, "usdz") else None
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for one in (path, *beside):
            out.write(one, one.name)
    return archive.getvalue(), "zip"


def asked(client, file, kind):
    """Upload a file and return the request of a job on it."""
    data, ending = packed(file)
    told = {"format": ending} if ending and not (kind == "convert" and ending == "usdz") else {}
    told |= {"unit": "m"} if kind == "convert" else {}
    return {"kind": kind, "inputs": {"source": upload(client, data, file)}, "options": told}


def outcome(job):
    """Return exit code and findings as the command line would have them."""
    if job["state"] == "failed":
        assert job["error"]["code"] not in CRASHES, job["error"]
        return 3, []
    assert job["state"] == "done", job
    report = job["result"].get("report", {})
    if job["kind"] == "convert":
        return 0 if job["result"]["ok"] else 1, []
    return 0 if report["ok"] else 1, [*report["findings"], *(one for profile in report["profiles"] for one in profile["findings"])]


def ran(client, requests):
    """Return the ended jobs of a batch, in the order of `requests`."""
    begun = client.post("/v1/batches", json={"jobs": requests})
    assert begun.status_code == 202, begun.text
    while not client.get(begun.headers["location"]).json()["ended"]:
        time.sleep(0.5)
    lines = [json.loads(line) for line in client.get(f"{begun.headers['location']}/manifest.jsonl").text.splitlines()]
    by_spec = {json.dumps([line["kind"], line["inputs"], line["options"]], sort_keys=True): line for line in lines}
    return [by_spec[json.dumps([one["kind"], one["inputs"], one["options"]], sort_keys=True)] for one in requests]


def ends_as_it_must(client, files):
    """Check and convert files of the manifest; return what ended otherwise."""
    kinds = dict(MODELS)
    wrong = []
    for kind in ("check", "convert"):
        for file, job in zip(files, ran(client, [asked(client, file, kind) for file in files]), strict=True):
            code, findings = outcome(job)
            # A convert job tells its findings in the asset's record; what it must not do is end well with a file to be refused.
            if not ends_well(kinds[file], kind, code, findings) and not (kind == "convert" and kinds[file] == "refuse-or-finding"):
                wrong.append((file, kinds[file], kind, code, job["error"]))
    return wrong


@pytest.mark.skipif(not MODELS, reason="no shared test data")
def test_a_spread_of_files_ends_as_it_must(service):
    assert ends_as_it_must(service.client, sorted(SPREAD)) == []
    assert httpx.get(f"{service.url}/healthz").status_code == 200


@pytest.mark.skipif(not MODELS, reason="no shared test data")
def test_what_is_no_model_is_refused_as_a_product_and_as_a_photo(service):
    requests = [asked(service.client, file, kind) for file, _ in OTHERS for kind in ("check", "convert")]
    pictures = [(file, code) for file, code in OTHERS if file.endswith((".png", ".webp", ".jpg", ".svg", ".ktx2"))]
    for file, _ in pictures:
        name = f"photo{Path(file).suffix}"
        source = upload(service.client, (folder() / file).read_bytes(), file)
        requests.append({"kind": "room", "inputs": {name: source}, "options": {"sources": [name]}})
    jobs = ran(service.client, requests)
    found = {(file, job["kind"]): job for file, job in zip([file for file, _ in OTHERS for _ in range(2)], jobs, strict=False)}
    found |= {(file, "room"): job for (file, _), job in zip(pictures, jobs[2 * len(OTHERS) :], strict=True)}
    assert {which for which, job in found.items() if job["state"] == "done"} == {(file, "room") for file in PHOTOS}
    assert {which for which, job in found.items() if job["state"] == "failed" and job["error"]["code"] in CRASHES} == set()
    codes = {file: {job["error"]["code"] for (which, _), job in found.items() if which == file and job["error"]} for file, _ in OTHERS}
    assert [(file, code, codes[file]) for file, code in OTHERS if code and code not in codes[file]] == []


@pytest.mark.slow
@pytest.mark.skipif(not MODELS, reason="no shared test data")
def test_every_file_ends_as_it_must(service):
    assert ends_as_it_must(service.client, [file for file, _ in MODELS]) == []
    assert not {line for line in service.said if "Traceback" in line}


NAMES = [
    "a\r\nSet-Cookie: x=y",
    "../../../../etc/cron.d/x",
    "..%2f..%2fx",
    "CON",
    "n" * 300,
    "exe.\u202egpj.glb",
    "a\0b.glb",
    "/dev/zero",
    "\ud83d\ude00",
]
"""As clients may send them; of the last one the two halves of a letter come apart."""
PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_are_text_and_nothing_else(service, name):
    data = b"named"
    told = name.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    answer = service.client.put("/v1/sources", params={"name": told}, content=data)
    assert answer.status_code == 201
    assert answer.json()["source"] == upload(service.client, data, "other")
    assert answer.json()["name"].isprintable()
    assert "\u202e" not in answer.json()["name"]
    metadata = f"filename {base64.b64encode(told.encode()).decode()}"
    begun = service.client.post("/v1/uploads", headers={"Upload-Length": "5", "Upload-Metadata": metadata})
    assert begun.status_code == 201
    assert "set-cookie" not in {**answer.headers, **begun.headers}
    assert [path for path in service.folder.rglob("*") if not PLAIN.fullmatch(path.name)] == []


@pytest.mark.parametrize("name", ["a/b", "..\\x", "a\r\nb", "", "x" * 121, 7, None])
def test_names_of_products_cannot_be_paths(service, name):
    source = upload(service.client, b"named")
    asked = {"kind": "convert", "inputs": {"source": source}, "options": {"name": name}}
    problem(service.client.post("/v1/jobs", json=asked), 422, "E_REQUEST")


@pytest.mark.parametrize(
    "path", ["/web/..%2f..%2fsetup.cfg", "/web/%2e%2e/app.py", "/a/x/..%2f..%2fsecret", "/embed/..%2fsecret", "/v1/assets/..%2f..%2fsecret"]
)
def test_paths_lead_nowhere(service, path):
    assert raw(service, f"GET {path} HTTP/1.1", key=True)[0] in (401, 403, 404)


def raw(service, request_line, *headers, body=b"", key=False, end=False):
    """Send bytes as they are; return the first status, and everything that came back."""
    address = httpx.URL(service.url)
    lines = [request_line, "Host: a", *headers, *([f"Authorization: Bearer {service.key}"] if key else [])]
    with socket.create_connection((address.host, address.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        if end:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(60.0)
        data = b""
        with contextlib.suppress(OSError):
            while (piece := connection.recv(65536)) and len(data) < 2**20:
                data += piece
                if not end:
                    break
    return int(data[9:12] or 0), data


PUT = "PUT /v1/sources?name=x HTTP/1.1"


def parts(service):
    """Return unfinished files of the store."""
    return list((service.folder / "store" / "incoming").iterdir())


@contextlib.contextmanager
def leaves_nothing(service):
    """Check that no unfinished file is left by what happens within; a job that was killed before may have left one for the sweep."""
    before = set(parts(service))
    yield
    end = time.monotonic() + 60
    while not set(parts(service)) <= before and time.monotonic() < end:
        time.sleep(0.1)
    assert set(parts(service)) <= before


def test_a_body_shorter_than_it_says_leaves_nothing(service):
    data = os.urandom(300_000)
    with leaves_nothing(service):
        raw(service, PUT, "Content-Length: 900000", body=data, key=True, end=True)
    source = f"sha256:{hashlib.sha256(data).hexdigest()}"
    asked = {"kind": "check", "inputs": {"source": source}}
    problem(service.client.post("/v1/jobs", json=asked), 404, "E_INPUT_NOT_FOUND")


def test_a_body_longer_than_it_says_is_cut_there_and_the_rest_is_no_request(service):
    secret_request = f"POST /v1/jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {service.key}\r\n\r\n".encode()[:-30]
    _, told = raw(service, PUT, "Content-Length: 5", body=b"12345" + secret_request, key=True, end=True)
    assert set(re.findall(rb"HTTP/1.1 (\d+)", told)) <= {b"201", b"400"}
    whole = f"sha256:{hashlib.sha256(b'12345' + secret_request).hexdigest()}"
    problem(service.client.post("/v1/jobs", json={"kind": "check", "inputs": {"source": whole}}), 404, "E_INPUT_NOT_FOUND")


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: -1"],
        ["Content-Length: 5x"],
        ["Content-Length: 99999999999999999999999"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip"],
    ],
    ids=["negative", "word", "huge", "two", "both", "gzip"],
)
def test_lengths_that_cannot_be_are_refused(service, headers):
    with leaves_nothing(service):
        assert raw(service, PUT, *headers, body=b"5\r\nabcde\r\n0\r\n\r\n", key=True, end=True)[0] in (0, 400, 413, 422, 501)


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-5\r\nabcde\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\nabc",
        b"10\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcdef\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_lie_are_refused(service, body):
    with leaves_nothing(service):
        assert raw(service, PUT, "Transfer-Encoding: chunked", body=body, key=True, end=True)[0] in (0, 400, 413)


def test_a_packed_body_is_not_unpacked(service):
    body = gzip.compress(bytes(2**20))
    problem(
        service.client.put("/v1/sources", params={"name": "x"}, content=body, headers={"Content-Encoding": "gzip"}), 415, "E_BODY_ENCODED"
    )
    problem(
        service.client.post("/v1/jobs", content=body, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}),
        415,
        "E_BODY_ENCODED",
    )


@pytest.mark.parametrize(
    "data", [b"<!doctype html><script>alert(1)</script>", b"\x7fELF\2\1\1" + bytes(57), b"%PDF-1.7\n", b"MZ" + bytes(62), b""]
)
def test_what_is_called_a_glb_is_looked_at(service, data):
    source = service.client.put(
        "/v1/sources", params={"name": "chair.glb"}, content=data, headers={"Content-Type": "model/gltf-binary"}
    ).json()["source"]
    for job in ran(
        service.client, [{"kind": kind, "inputs": {"source": source}, "options": {"format": "glb"}} for kind in ("check", "convert")]
    ):
        assert outcome(job) == (3, [])


def forged(good):
    """Yield addresses that look like a signed one and are none."""
    _, door, mark, *rest = good.split("/")
    for wrong in (
        mark[:-2] + ("A" if mark[-2] != "A" else "B") + mark[-1],
        mark[:-1],
        mark + "A",
        mark.swapcase(),
        "A" * 22,
        "-",
        "%00",
        "é",
        "A" * 5000,
    ):
        yield "/".join(["", door, wrong, *rest])


@pytest.mark.parametrize("what", ["picture", "file"])
def test_only_what_was_signed_here_is_answered(service, chair, what):
    asset, key = chair["result"]["asset"], secret(service.folder)
    good = signed_address(f"/r/w=32/{asset}.png" if what == "picture" else f"/a/{asset}.glb", secret=key)
    assert picture(service.client, good).status_code == 200
    assert {address: service.client.get(address).status_code for address in forged(good)} == dict.fromkeys(forged(good), 403)
    other = signed_address(f"/r/w=32/{asset}.png" if what == "picture" else f"/a/{asset}.glb", secret=bytes(32))
    problem(service.client.get(other), 403, "E_SIGNATURE")


def test_a_signature_serves_its_own_address_until_its_end_and_no_other(service, chair):
    asset, key = chair["result"]["asset"], secret(service.folder)
    good = signed_address(f"/r/w=32/{asset}.png", secret=key, seconds=600)
    door, mark, options, name = good.strip("/").split("/")
    assert picture(service.client, good).status_code == 200
    for replayed in (
        f"/{door}/{mark}/w=32/{asset}.png",
        f"/{door}/{mark}/{options.replace('until=', 'until=9')}/{name}",
        f"/{door}/{mark}/{options},w=1024/{name}",
    ):
        problem(service.client.get(replayed), 403, "E_SIGNATURE")
    problem(service.client.get(signed_address(f"/r/w=32/{asset}.png", secret=key, seconds=-1)), 403, "E_SIGNATURE_EXPIRED")


def test_nothing_of_all_this_is_in_the_log(service, chair):
    """Runs last: names, hashes, addresses, keys and tracebacks are nobody's."""
    said = "".join(service.said)
    told = [*NAMES, "Traceback", "sha256:", chair["result"]["asset"], "chair.glb", "w=32", "/v1/", "Chair"]
    assert [word for word in told if word in said] == []


@pytest.mark.slow
def test_the_kernel_saw_no_file_elsewhere_and_no_socket_but_ours(tmp_path):
    """All processes of a service under strace while files that want to reach out are converted."""
    if reason := why_not():
        pytest.skip(reason)
    log, folder_of_service = tmp_path / "log", tmp_path / "service"
    calls = "trace=open,openat,openat2,socket,connect,bind,landlock_restrict_self"
    service = start(folder_of_service, "--workers", "1", under=["strace", "-f", "-s", "4096", "-o", str(log), "-e", calls])
    try:
        files = [file for file, _ in MODELS if re.search(r"uri_|dae_|usd|obj_", file)][:30]
        ran(service.client, [asked(service.client, file, kind) for file in files for kind in ("check", "convert")])
    finally:
        os.kill(tree(service.process.pid)[1], signal.SIGTERM)  # strace itself keeps such signals to itself
        service.process.wait(60)
    inside, contained, strange, sockets = set(), 0, set(), set()
    allowed = (*SYSTEM, sys.prefix, sys.base_prefix, *(str(place) for place in readable([])))
    for line in log.read_text("utf-8", errors="replace").splitlines():
        pid, _, call = line.partition(" ")
        call = call.strip()
        if call.startswith("landlock_restrict_self"):
            inside.add(pid)
            contained += 1
        elif call.startswith(("socket", "connect", "bind")) and "AF_INET" in call:
            sockets.add((pid in inside, call.partition(" = ")[0]))
        elif pid in inside and call.startswith(("socket", "connect", "bind")):
            strange.add(call)
        elif pid in inside and (path := OPENED.search(call)) and re.search(r" = \d+$", call):
            own = re.search(r"/run-[0-9a-f]{26}(/|$)", path[1]) or not path[1].startswith("/")
            if not own and not path[1].startswith(allowed):
                strange.add(path[1])
    assert contained >= len(files)  # what its first bytes do not tell is refused before
    assert strange == set()
    assert {call for was_inside, call in sockets if was_inside} == set()
    assert {call for _, call in sockets if call.startswith(("connect", "bind")) and "127.0.0.1" not in call and "::1" not in call} == set()
