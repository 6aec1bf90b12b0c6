"""The store: what is in it is whole, whoever wrote it at the same time, died on the way, or had no room."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import pickle
import resource
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, BackendError, InputError
from arviz.jobs import store as store_module
from arviz.jobs.store import CHUNK_BYTES, Store, is_blob_id

NONE = "sha256:" + "0" * 64


@pytest.fixture(params=["folder", "file", "memory"])
def store(request, tmp_path):
    if request.param == "memory":
        return Store("memory://")
    folder = tmp_path / "a store"
    return Store(folder if request.param == "folder" else folder.as_uri())


def code(error):
    return error.value.code


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def aged(store, seconds):
    for path in files(store.root):
        os.utime(path, (time.time() - seconds,) * 2)


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(0, 700), st.integers(0, 700))
def test_what_goes_in_comes_out(chunks, start, end):
    store, data = Store("memory://"), b"".join(chunks)
    blob = store.put(iter(chunks))
    assert (blob.id, blob.bytes) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
    assert is_blob_id(blob.id)
    assert store.read(blob.id) == data
    assert store.size(blob.id) == len(data)
    if start < len(data):
        assert b"".join(store.stream(blob.id, start=start, end=end)) == data[start:end]
        assert b"".join(store.stream(blob.id, start=start)) == data[start:]


def test_all_ways_in_give_the_same(store, tmp_path):
    data = os.urandom(3 * CHUNK_BYTES + 17)
    (tmp_path / "file").write_bytes(data)
    with store.writer() as writer:
        for at in range(0, len(data), 1000):
            writer.write(data[at : at + 1000])
        assert writer.received_bytes == len(data)
        ids = {writer.finish().id}
    ids |= {store.put(data).id, store.put(tmp_path / "file").id, store.put([data[:5], data[5:]]).id}
    assert len(ids) == 1
    blob_id = ids.pop()
    assert store.fetch(blob_id, tmp_path / "back").read_bytes() == data
    assert b"".join(store.stream(blob_id, start=CHUNK_BYTES - 1, end=2 * CHUNK_BYTES + 1)) == data[CHUNK_BYTES - 1 : 2 * CHUNK_BYTES + 1]
    if store.root is not None:
        assert store.local_path(blob_id).read_bytes() == data
        assert files(store.root) == [store.local_path(blob_id)]


def test_what_is_not_there(store, tmp_path):
    assert not store.exists(NONE)
    assert store.size(NONE) is None
    assert store.document("assets", "nothing") is None
    assert not store.delete_document("assets", "nothing")
    for read in (lambda: store.read(NONE), lambda: list(store.stream(NONE, start=1, end=5)), lambda: store.fetch(NONE, tmp_path / "x")):
        with pytest.raises(InputError) as error:
            read()
        assert code(error) == "E_BLOB_MISSING"


@pytest.mark.parametrize(
    "bad", ["", "sha256:", "sha256:" + "g" * 64, "sha256:" + "0" * 63, "../x", "sha256:" + "A" * 64, "sha256:../../etc/passwd"]
)
def test_ids_that_are_none(store, bad):
    assert not is_blob_id(bad)
    with pytest.raises(InputError) as error:
        store.read(bad)
    assert code(error) == "E_BLOB_ID"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a" * 200, "cas", "x\0y", "ä"])
def test_names_of_documents_that_are_none(store, name):
    for call in (lambda: store.put_document("assets", name, {}), lambda: store.document(name, "x"), lambda: list(store.documents(name))):
        with pytest.raises(InputError) as error:
            call()
        assert code(error) == "E_DOCUMENT_NAME"


def test_documents(store):
    assert store.put_document("assets", "one", {"name": "Söfa", "n": [1, 2.5, None]})
    assert not store.put_document("assets", "one", {"name": "another"}, create_only=True)
    assert store.document("assets", "one") == {"name": "Söfa", "n": [1, 2.5, None]}
    assert store.put_document("assets", "one", {"name": "new"})
    assert store.put_document("derived", "two", {})
    assert list(store.documents("assets")) == ["one"]
    assert store.delete_document("assets", "one")
    assert store.document("assets", "one") is None


def test_only_what_no_document_names_is_swept(tmp_path):
    store = Store(tmp_path)
    named, nested, kept, garbage = (store.put(text).id for text in (b"named", b"nested", b"kept", b"garbage"))
    store.put_document("assets", "a", {"files": {"glb": named}, "report": {"text": [f"see {nested}"]}})
    young = store.put(b"young").id
    aged(store, 8 * 86400)
    os.utime(store.local_path(young))
    with store.writer() as unfinished:
        unfinished.write(b"half")
        left = store.root / "incoming" / "dead.part"
        left.write_bytes(b"of a dead writer")
        os.utime(left, (0, 0))
        assert store.sweep(keep=[kept]) == 1
        assert not left.exists()
        assert unfinished.finish().bytes == 4
    assert [store.exists(one) for one in (named, nested, kept, young, garbage)] == [True, True, True, True, False]
    store.delete_document("assets", "a")
    assert store.sweep() == 3


def test_what_others_take_away_meanwhile_does_not_end_a_sweep(tmp_path, monkeypatch):
    store = Store(tmp_path)
    garbage = store.put(b"garbage").id
    store.put_document("assets", "a", {})
    unfinished = store.root / "incoming" / "x.part"
    unfinished.write_bytes(b"half")
    aged(store, 8 * 86400)
    listed = store._list

    def listing(prefix):  # a document is deleted, and an upload finished, just after they were listed
        for entry in list(listed(prefix)):
            if entry[0].endswith(".json"):
                (store.root / entry[0]).unlink()
            yield entry

    monkeypatch.setattr(store, "_list", listing)
    monkeypatch.setattr(store_module.Path, "iterdir", lambda folder: iter([folder / "finished.part", unfinished]))
    assert store.sweep() == 1
    assert not store.exists(garbage)
    assert not unfinished.exists()


def test_a_blob_that_is_put_again_is_young_again(tmp_path):
    store = Store(tmp_path)
    blob = store.put(b"wanted again")
    aged(store, 8 * 86400)
    assert store.put(b"wanted again") == blob
    assert store.sweep() == 0
    assert store.read(blob.id) == b"wanted again"


def test_a_damaged_blob_is_not_handed_out_and_is_mended_by_its_upload(tmp_path):
    store = Store(tmp_path / "s")
    blob = store.put(b"content")
    store.local_path(blob.id).write_bytes(b"cut")
    for read in (lambda: store.read(blob.id), lambda: store.fetch(blob.id, tmp_path / "x")):
        with pytest.raises(BackendError) as error:
            read()
        assert code(error) == "E_BLOB_DAMAGED"
    store.put(b"content")
    assert store.read(blob.id) == b"content"


def test_a_cut_upload_leaves_nothing(store):
    def pieces():
        yield b"first"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(pieces())
    with store.writer() as writer:
        writer.write(b"never finished")
    assert store.sweep(older_than_s=-1) == 0
    if store.root is not None:
        assert files(store.root) == []


def put_many(url, seed):
    store = Store(url)
    for number in range(60):
        store.put(f"blob {number}".encode() * 5000)
        store.put_document("assets", f"a{number % 7}", {"by": seed, "long": "x" * 5000}, create_only=number % 2 == 0)


def test_writers_of_the_same_do_not_meet(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=put_many, args=(str(tmp_path / "s"), seed)) for seed in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    store = Store(tmp_path / "s")
    for number in range(60):
        data = f"blob {number}".encode() * 5000
        assert store.read(f"sha256:{hashlib.sha256(data).hexdigest()}") == data
    assert all(len(store.document("assets", name)["long"]) == 5000 for name in store.documents("assets"))
    assert len(files(tmp_path / "s")) == 67


_ENDLESS = """
import sys
from arviz.jobs.store import Store
store = Store(sys.argv[1])
print("ready", flush=True)
for number in range(10**9):
    store.put(str(number).encode() * 20_000)
"""


def test_a_killed_writer_leaves_only_whole_blobs(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(tmp_path / "s")], stdout=subprocess.PIPE)
    process.stdout.readline()
    store = Store(tmp_path / "s")
    while len(files(tmp_path / "s" / "cas" if (tmp_path / "s" / "cas").exists() else tmp_path / "s")) < 5:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    for path in files(tmp_path / "s" / "cas"):
        store.read(f"sha256:{path.name}")
    assert store.sweep(older_than_s=-5) >= 5
    assert files(tmp_path / "s") == []


_SMALL = 1_000_000


def put_with_little_room(url, told):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails with EFBIG
    resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL, _SMALL))
    store = Store(url)
    try:
        store.put(bytes(2 * _SMALL))
    except ArvizError as error:
        told.send(error.code)
    told.send(store.put(b"small").id)


def test_no_room_is_one_clear_error_and_nothing_is_left(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    ear, mouth = spawn.Pipe(duplex=False)
    writer = spawn.Process(target=put_with_little_room, args=(str(tmp_path), mouth))
    writer.start()
    assert ear.recv() == "E_STORE_FULL"
    small = ear.recv()
    writer.join(60)
    assert Store(tmp_path).read(small) == b"small"
    assert len(files(tmp_path)) == 1


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of one megabyte, where we may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False).returncode:
        pytest.skip("mounting a tiny disk is not allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk(tiny_disk):
    store = Store(tiny_disk / "s")
    first = store.put(b"kept" * 1000)
    store.put_document("assets", "a", {"files": {"glb": first.id}})
    for call in (lambda: store.put(bytes(2_000_000)), lambda: store.put_document("assets", "a", {"long": "x" * 2_000_000})):
        with pytest.raises(BackendError) as error:
            call()
        assert code(error) == "E_STORE_FULL"
    assert store.read(first.id) == b"kept" * 1000
    assert store.document("assets", "a") == {"files": {"glb": first.id}}
    assert len(files(tiny_disk)) == 2


def test_what_disks_say_is_told(tmp_path, monkeypatch):
    store = Store(tmp_path)

    def refusing(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(store_module.os, "replace", refusing)
    with pytest.raises(BackendError) as error:
        store.put(b"x")
    assert code(error) == "E_STORE"
    assert "Read-only" in str(error.value)
    assert files(tmp_path) == []


@pytest.mark.parametrize("address", ["ftp://host/x", "http://host/x", "s3:", "nonsense://"])
def test_addresses_that_are_none(address):
    with pytest.raises(ArvizError) as error:
        Store(address)
    assert code(error) in ("E_STORE_URL", "E_STORE")


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "s").write_text("not a folder")
    with pytest.raises(BackendError) as error:
        Store(tmp_path / "s")
    assert code(error) == "E_STORE"


def test_a_store_travels_as_its_address(tmp_path):
    store = Store(tmp_path / "s")
    blob = store.put(b"here")
    assert pickle.loads(pickle.dumps(store)).read(blob.id) == b"here"
    assert store.signed(blob.id, seconds=60) is None


def test_clouds_give_signed_addresses_without_being_asked(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    address = Store("s3://bucket/shop").signed(NONE, seconds=60)
    assert "bucket" in address
    assert f"shop/cas/00/{'0' * 64}" in address
    assert "X-Amz-Expires=60" in address
