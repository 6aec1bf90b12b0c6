"""The store on S3, by an S3 server on this machine: ``moto_server`` (`pip install 'moto[s3,server]'`, in an environment of its own)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress

import httpx
import pytest

from arviz.core.errors import InputError
from arviz.jobs.store import CHUNK_BYTES, Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def endpoint():
    server = shutil.which("moto_server")
    if server is None:
        pytest.skip("moto_server is not on the PATH")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with subprocess.Popen([server, "-H", "127.0.0.1", "-p", port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        made, end = False, time.monotonic() + 60
        while not made and process.poll() is None and time.monotonic() < end:
            time.sleep(0.2)
            with suppress(httpx.TransportError):
                made = httpx.put(f"http://127.0.0.1:{port}/bucket").is_success
        if process.poll() is not None:
            pytest.skip("moto_server does not start")
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def store(endpoint, monkeypatch, request):
    told = {"ENDPOINT_URL": endpoint, "ALLOW_HTTP": "true", "ACCESS_KEY_ID": "name", "SECRET_ACCESS_KEY": "secret", "REGION": "us-east-1"}
    for name, value in told.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return Store(f"s3://bucket/{request.node.name}")


@pytest.mark.parametrize("length", [0, 3 * CHUNK_BYTES + 17, 12 * 2**20])
def test_blobs_come_out_whole_and_in_ranges(store, tmp_path, length):
    data = os.urandom(length)
    blob = store.put(data)
    assert store.put([data]) == blob
    assert (store.size(blob.id), store.read(blob.id)) == (length, data)
    assert store.fetch(blob.id, tmp_path / "back").read_bytes() == data
    assert store.local_path(blob.id) is None
    if length:
        assert b"".join(store.stream(blob.id, start=5, end=CHUNK_BYTES + 9)) == data[5 : CHUNK_BYTES + 9]
        assert b"".join(store.stream(blob.id, start=length - 7)) == data[-7:]
        assert httpx.get(store.signed(blob.id, seconds=60)).content == data


def test_documents_are_created_once(store):
    assert store.document("assets", "one") is None
    assert store.put_document("assets", "one", {"name": "Söfa"}, create_only=True)
    assert not store.put_document("assets", "one", {"name": "another"}, create_only=True)
    assert store.document("assets", "one") == {"name": "Söfa"}
    assert store.put_document("assets", "one", {"name": "new"})
    assert store.put_document("derived", "two", {})
    assert list(store.documents("assets")) == ["one"]
    assert (store.delete_document("assets", "one"), store.delete_document("assets", "one")) == (True, False)
    assert store.expire("derived", older_than_s=-10) == 1
    assert store.document("derived", "two") is None


def test_only_what_no_document_names_is_swept(store):
    named, garbage = store.put(b"named"), store.put(b"garbage")
    store.put_document("assets", "a", {"files": {"preview": named.id}})
    assert store.sweep() == 0
    assert store.sweep(older_than_s=-10) == 1
    assert (store.exists(named.id), store.exists(garbage.id)) == (True, False)
    with pytest.raises(InputError) as error:
        store.read(garbage.id)
    assert error.value.code == "E_BLOB_MISSING"
