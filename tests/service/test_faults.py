"""What dies, fills up or is taken away while the service works: nothing is lost, nothing is made twice, and it goes on."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import random
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.bench.processes import alive, command_of, tree
from tests.jobs.cluster import cluster
from tests.service.conftest import ended, product, run_job, start, stop, upload
from tests.service.test_journey import problem

GLB = "picture"


@contextlib.contextmanager
def running(folder, *arguments, key=None):
    """Run a service of its own."""
    service = start(folder, *arguments, key=key)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            stop(service)


def begun(client, count):
    """Start a batch of checks that all differ; return where it is."""
    source = upload(client, product(GLB))
    jobs = [{"kind": "check", "inputs": {"source": source}, "options": {"size": f"{100 + number}x50x50cm"}} for number in range(count)]
    answer = client.post("/v1/batches", json={"jobs": jobs})
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


def counts(client, batch):
    return client.get(batch).json()["counts"]


def until(what, seconds=180):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.1)


def written(folder):
    """Return when each output was written."""
    return {path.name: path.stat().st_mtime_ns for path in (Path(folder) / "store" / "derived").glob("*.json")}


def all_made_once(service, batch, count):
    """Check that a batch ends with all done, each output there once."""
    until(lambda: service.client.get(batch).json()["ended"], seconds=60 + count)
    assert counts(service.client, batch)["done"] == count, service.client.get(f"{batch}/manifest.jsonl").text[-2000:]
    lines = service.client.get(f"{batch}/manifest.jsonl").text.splitlines()
    assert len(set(lines)) == count
    assert len(written(service.folder)) == count


@pytest.mark.slow
def test_a_killed_service_goes_on_where_it_was(tmp_path):
    with running(tmp_path, "--workers", "2") as first:
        batch = begun(first.client, 200)
        before = kill(first, batch, at=33)
    with running(tmp_path, "--workers", "2", key=first.key) as second:
        all_made_once(second, batch, 200)
        assert {name: when for name, when in written(tmp_path).items() if name in before} == before


def test_two_services_on_one_folder_share_the_work_and_one_goes_on_alone(tmp_path):
    options = ["--workers", "1", "--lease", "5"]
    with running(tmp_path, *options) as one, running(tmp_path, *options, key=one.key) as other:
        headers = {"Upload-Length": "2000000", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        location = one.client.post("/v1/uploads", headers={"Upload-Length": "2000000"}).headers["location"]

        def slowly():
            yield bytes(1_500_000)
            problem(other.client.patch(location, headers=headers, content=b"x"), 409, "E_UPLOAD_BUSY")
            problem(other.client.delete(location), 409, "E_UPLOAD_BUSY")
            yield bytes(500_000)

        whole = one.client.patch(location, headers=headers, content=slowly())
        assert whole.headers["arviz-source"] == f"sha256:{hashlib.sha256(bytes(2_000_000)).hexdigest()}"
        assert other.client.delete(location).status_code == 204
        problem(one.client.patch(location, headers=headers, content=b"x"), 404, "E_UPLOAD_NOT_FOUND")
        batch = begun(one.client, 16)
        before = kill(one, batch, at=2)
        all_made_once(other, batch, 16)
        assert {name: when for name, when in written(tmp_path).items() if name in before} == before
        said = httpx.get(f"{other.url}/metrics").text
        assert 'arviz_jobs{state="done"} 16.0' in said
        assert 'arviz_jobs{state="running"} 0.0' in said


def kill(service, batch, *, at):
    """Kill a service once `at` jobs of a batch are done; return what is written then, when nothing of it lives."""
    until(lambda: counts(service.client, batch)["done"] >= at)
    processes = tree(service.process.pid)
    service.process.kill()
    service.process.wait()
    until(lambda: not any(map(alive, processes)))
    return written(service.folder)


@pytest.mark.parametrize(("count", "every", "every_s"), [(28, 8, 0.0), pytest.param(1000, 12, 20.0, marks=pytest.mark.slow)])
def test_killed_workers_lose_nothing(tmp_path, count, every, every_s):
    with running(tmp_path, "--workers", "2") as service:
        batch = begun(service.client, count)
        killed, next_at, next_s = 0, 5, time.monotonic()
        while not (state := service.client.get(batch).json())["ended"]:
            if state["counts"]["done"] >= next_at and time.monotonic() >= next_s:
                workers = [pid for pid in tree(service.process.pid) if b"spawn_main" in command_of(pid)]
                with contextlib.suppress(IndexError, ProcessLookupError):  # the last one killed may be all there is, and gone by now
                    os.kill(random.choice(workers), signal.SIGKILL)
                    killed, next_at, next_s = killed + 1, state["counts"]["done"] + every, time.monotonic() + every_s
            time.sleep(0.1)
        assert killed >= 2
        all_made_once(service, batch, count)
        until(lambda: httpx.get(f"{service.url}/readyz", timeout=60).json()["checks"]["drawing"]["ok"])  # a new process takes seconds


@pytest.mark.slow
def test_a_cluster_from_the_command_line_loses_a_worker_and_nothing_else(tmp_path):
    """``dask scheduler``, two times ``dask worker`` and ``arviz serve --cluster``; the same batch by processes of the service."""
    pytest.importorskip("distributed")
    with cluster(tmp_path) as there, running(tmp_path / "there", "--cluster", there.address) as service:
        batch = begun(service.client, 60)
        until(lambda: counts(service.client, batch)["done"] >= 15)
        for pid in tree(there.workers[0].pid):
            with contextlib.suppress(ProcessLookupError):  # what the worker held ends with it
                os.kill(pid, signal.SIGKILL)
        all_made_once(service, batch, 60)
        by_cluster = service.client.get(f"{batch}/manifest.jsonl").text
    with running(tmp_path / "here", "--workers", "2") as service:
        batch = begun(service.client, 60)
        all_made_once(service, batch, 60)
        assert service.client.get(f"{batch}/manifest.jsonl").text == by_cluster


@pytest.mark.parametrize("megabytes", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_a_cut_upload_is_taken_up_again_in_bounded_memory(service, megabytes):
    data = os.urandom(2**20) * megabytes
    made = service.client.post("/v1/uploads", headers={"Upload-Length": str(len(data)), "Upload-Metadata": "filename c29mYS5nbGI="})
    location, offset, largest = made.headers["location"], 0, 0
    before = resident(service.process.pid)
    for cut in range(1, 7):
        sent = data[offset : len(data) * cut // 6]
        headers = f"PATCH {location} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {service.key}\r\nUpload-Offset: {offset}\r\n"
        headers += f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(data) - offset}\r\n\r\n"
        address = httpx.URL(service.url)
        with socket.create_connection((address.host, address.port), timeout=60) as connection:
            connection.sendall(headers.encode())
            for at in range(0, len(sent), 2**20):
                connection.sendall(sent[at : at + 2**20])
                largest = max(largest, resident(service.process.pid))
            if cut == 6:
                assert connection.recv(12) == b"HTTP/1.1 204"

        def known():
            return int(service.client.head(location).headers["upload-offset"])

        arrived = offset + len(sent) - 2**20  # the last piece, which was not whole, may be lost
        until(functools.partial(lambda least: known() >= least, arrived))
        offset = known()
    assert offset == len(data)
    assert service.client.head(location).headers["arviz-source"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert max(largest, resident(service.process.pid)) - before < 64 * 2**20


def resident(pid):
    """Return the bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_whole_upload_stays_what_it_became(service):
    headers = {"Upload-Length": "4", "Content-Type": "application/offset+octet-stream"}
    made = service.client.post("/v1/uploads", headers=headers, content=b"sofa")
    source = made.headers["arviz-source"]
    assert source == f"sha256:{hashlib.sha256(b'sofa').hexdigest()}"
    again = service.client.patch(made.headers["location"], headers={**headers, "Upload-Offset": "4"}, content=b"")
    assert (again.status_code, again.headers["arviz-source"]) == (204, source)
    problem(
        service.client.patch(made.headers["location"], headers={**headers, "Upload-Offset": "0"}, content=b"lamp"), 409, "E_UPLOAD_OFFSET"
    )


def test_a_service_killed_before_its_last_answer_still_has_the_file(service):
    headers = {"Upload-Length": "4", "Content-Type": "application/offset+octet-stream"}
    made = service.client.post("/v1/uploads", headers=headers, content=b"so")
    with open(service.folder / "uploads" / made.headers["location"].rpartition("/")[2] / "part", "ab") as file:
        file.write(b"fa")
    assert service.client.head(made.headers["location"]).headers["arviz-source"] == f"sha256:{hashlib.sha256(b'sofa').hexdigest()}"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 32 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"a disk of its own may not be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_and_a_store_that_may_not_be_written_are_told_and_pass(small_disk):
    with running(small_disk, "--workers", "1") as service:
        client = service.client
        source = upload(client, product(GLB))
        begun_upload = client.post("/v1/uploads", headers={"Upload-Length": "3000000"}).headers["location"]
        with open(small_disk / "filler", "wb") as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(2**16))
                filler.flush()
        told = client.put("/v1/sources", params={"name": "x"}, content=os.urandom(3_000_000))
        problem(told, 500, "E_STORE_FULL")
        part = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        problem(client.patch(begun_upload, headers=part, content=bytes(3_000_000)), 500, "E_STORE_FULL")
        unready = httpx.get(f"{service.url}/readyz", timeout=60)
        assert unready.status_code == 503
        assert not unready.json()["checks"]["disk"]["ok"]
        assert not unready.json()["checks"]["store"]["ok"]
        asked = [client.post("/v1/jobs", json={"kind": "check", "inputs": {"source": source}}) for _ in range(40)]
        assert {answer.status_code for answer in asked} <= {202, 500}
        assert {answer.json()["code"] for answer in asked if answer.status_code == 500} <= {"E_JOB_TABLE"}
        time.sleep(1.0)
        (small_disk / "filler").unlink()
        assert upload(client, data := os.urandom(3_000_000)) == f"sha256:{hashlib.sha256(data).hexdigest()}"
        at = client.head(begun_upload).headers["upload-offset"]
        rest = client.patch(begun_upload, headers={**part, "Upload-Offset": at}, content=bytes(3_000_000 - int(at)))
        assert rest.headers["arviz-source"] == f"sha256:{hashlib.sha256(bytes(3_000_000)).hexdigest()}"
        assert run_job(client, "check", {"source": source}, {"size": "1x1x1m"})["state"] == "done"
        for answer in asked:
            if answer.status_code == 202:
                job = ended(client, answer.headers["location"])
                assert job["state"] == "done" or job["error"]["code"].startswith(("E_STORE", "E_CHILD", "E_SANDBOX")), job["error"]
        assert list((small_disk / "store" / "incoming").iterdir()) == []
        assert not [line for line in service.said if "Traceback" in line]
        with sqlite3.connect(small_disk / "jobs.db") as table:
            assert table.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
def test_a_store_that_may_only_be_read_is_told(small_disk, tmp_path):
    with running(tmp_path / "own", "--workers", "1", "--store", str(small_disk / "store")) as service:
        source = upload(service.client, product(GLB))
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        problem(service.client.put("/v1/sources", params={"name": "x"}, content=b"new"), 500, "E_STORE")
        assert not httpx.get(f"{service.url}/readyz", timeout=60).json()["checks"]["store"]["ok"]
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        upload(service.client, b"new")
        assert run_job(service.client, "check", {"source": source})["state"] == "done"


def test_readiness_is_red_without_gl_and_what_needs_none_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent.json")
    monkeypatch.setenv("DISPLAY", "")
    with running(tmp_path, "--workers", "1") as service:
        ready = httpx.get(f"{service.url}/readyz", timeout=60)
        assert ready.status_code == 503
        assert {name for name, check in ready.json()["checks"].items() if not check["ok"]} - {"disk"} == {"drawing"}
        assert httpx.get(f"{service.url}/healthz").status_code == 200
        assert run_job(service.client, "check", {"source": upload(service.client, product(GLB))})["state"] == "done"


def test_an_end_as_asked_gives_back_what_is_under_way(tmp_path):
    with running(tmp_path, "--workers", "1") as first:
        source = upload(first.client, product("lamp"))
        job = first.client.post("/v1/jobs", json={"kind": "convert", "inputs": {"source": source}})
        until(lambda: first.client.get(job.headers["location"]).json()["state"] != "queued")
        made = first.client.post("/v1/uploads", headers={"Upload-Length": "1000000"})
        address = httpx.URL(first.url)
        with socket.create_connection((address.host, address.port), timeout=60) as connection:
            headers = f"PATCH {made.headers['location']} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {first.key}\r\nUpload-Offset: 0\r\n"
            headers += "Content-Type: application/offset+octet-stream\r\nContent-Length: 1000000\r\n\r\n"
            connection.sendall(headers.encode() + bytes(300_000))
            time.sleep(0.5)
            first.process.send_signal(signal.SIGTERM)
            assert first.process.wait(180) == 0
        with sqlite3.connect(tmp_path / "jobs.db") as table:
            assert table.execute("SELECT state IN ('queued', 'done') FROM jobs").fetchone() == (1,)
    assert not [line for line in first.said if "Traceback" in line], "".join(first.said)
    with running(tmp_path, "--workers", "1", key=first.key) as second:
        assert ended(second.client, job.headers["location"])["state"] == "done"
        at = int(second.client.head(made.headers["location"]).headers["upload-offset"])
        assert at <= 300_000
        part = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        rest = second.client.patch(made.headers["location"], headers=part, content=bytes(1_000_000 - at))
        assert rest.headers["arviz-source"] == f"sha256:{hashlib.sha256(bytes(1_000_000)).hexdigest()}"
    assert list((tmp_path / "store" / "incoming").iterdir()) == []
