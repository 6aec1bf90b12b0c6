"""A real service on a real port, started as a user starts it, and a client for it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTS = ROOT / "assets" / "products"


def start(folder, *arguments, key=None, under=()):
    """Start ``arviz serve``, `under` another program; return its process, a client with its key, its address and folder."""
    command = [*under, sys.executable, "-m", "arviz", "serve", "--port", "0", "--folder", str(folder), *arguments]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    told, lines = {}, []
    end = time.monotonic() + 120
    while time.monotonic() < end and "url" not in told:
        line = process.stderr.readline()
        if not line:
            raise RuntimeError("arviz serve ended: " + "".join(lines))
        lines.append(line)
        if found := re.search(r"serves (http://\S+)", line):
            told["url"] = found[1]
    if key is None:
        key = re.search(r"(av_\S+)", process.stderr.readline())[1]
    rest = threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True)
    rest.start()
    client = httpx.Client(base_url=told["url"], headers={"Authorization": f"Bearer {key}"}, timeout=120)
    return SimpleNamespace(process=process, client=client, url=told["url"], key=key, folder=Path(folder), said=lines)


def stop(service):
    """End a service as a container does."""
    service.client.close()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(180) is not None


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """A service with one worker process."""
    running = start(tmp_path_factory.mktemp("service"), "--workers", "1")
    yield running
    stop(running)


@pytest.fixture(scope="session")
def chair(service):
    """The demo chair, converted by the service: the finished job."""
    job = run_job(service.client, "convert", {"source": upload(service.client, product("dining-chair"))}, {"name": "Chair"})
    assert job["state"] == "done", job["error"]
    return job


def product(name):
    """Return the bytes of a demo product."""
    return (PRODUCTS / name / f"{name}.glb").read_bytes()


def upload(client, data, name="product"):
    """Upload bytes; return their source."""
    answer = client.put("/v1/sources", params={"name": name}, content=data)
    assert answer.status_code == 201, answer.text
    return answer.json()["source"]


def run_job(client, kind, inputs, options=None, **more):
    """Start a job and wait until it has ended."""
    answer = client.post("/v1/jobs", json={"kind": kind, "inputs": inputs, "options": options or {}, **more})
    assert answer.status_code == 202, answer.text
    return ended(client, answer.headers["location"])


def ended(client, location, seconds=180):
    """Wait until a job has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = client.get(location, headers={"Prefer": "wait=20"}).json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
    raise AssertionError(f"not ended within {seconds} s: {json.dumps(job)}")


def picture(client, address, seconds=120):
    """Return the answer of a picture once it is drawn."""
    end = time.monotonic() + seconds
    while (answer := client.get(address)).status_code == 202 and time.monotonic() < end:
        assert answer.headers["retry-after"] == "1"
        time.sleep(0.2)
    return answer
