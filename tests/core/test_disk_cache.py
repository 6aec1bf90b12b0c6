"""Arrays on disk: whole, bounded, never needed."""

import os
import threading

import numpy as np
import pytest

from arviz.core import disk_cache

ONE = {"a": np.arange(6, dtype=np.float16).reshape(2, 3)}


def test_what_is_kept_comes_back(tmp_path):
    disk_cache.save(tmp_path / "x.npz", ONE)
    back = disk_cache.load(tmp_path / "x.npz")
    assert back["a"].dtype == np.float16
    np.testing.assert_array_equal(back["a"], ONE["a"])
    assert [file.name for file in tmp_path.iterdir()] == ["x.npz"]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nothing", b"\x93NUMPY"])
def test_damage_is_nothing(tmp_path, damage):
    (tmp_path / "x.npz").write_bytes(damage)
    assert disk_cache.load(tmp_path / "x.npz") is None
    assert disk_cache.load(tmp_path / "other.npz") is None


def test_a_truncated_file_is_nothing(tmp_path):
    disk_cache.save(tmp_path / "x.npz", {"a": np.zeros(1000)})
    whole = (tmp_path / "x.npz").read_bytes()
    for end in range(0, len(whole), 97):
        (tmp_path / "x.npz").write_bytes(whole[:end])
        assert disk_cache.load(tmp_path / "x.npz") is None


def test_the_budget_holds_and_the_longest_unused_goes(tmp_path):
    for i in range(5):
        disk_cache.save(tmp_path / f"{i}.npz", {"a": np.zeros(1000)}, budget_bytes=30_000)
        os.utime(tmp_path / f"{i}.npz", (1000 + i, 1000 + i))
    (tmp_path / "dead.1-2.tmp").write_bytes(b"x" * 10_000)
    os.utime(tmp_path / "dead.1-2.tmp", (10, 10))
    disk_cache.load(tmp_path / "2.npz")
    disk_cache.save(tmp_path / "last.npz", {"a": np.zeros(1000)}, budget_bytes=30_000)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["2.npz", "4.npz", "last.npz"]


def test_no_folder_is_no_error(tmp_path):
    disk_cache.save(tmp_path / "missing" / "x.npz", ONE)
    assert disk_cache.load(tmp_path / "missing" / "x.npz") is None


def test_threads_do_not_disturb_each_other(tmp_path):
    def write(value):
        for _ in range(20):
            disk_cache.save(tmp_path / "x.npz", {"a": np.full(5000, value)})

    threads = [threading.Thread(target=write, args=(value,)) for value in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    back = disk_cache.load(tmp_path / "x.npz")
    assert back is not None
    assert len(set(back["a"].tolist())) == 1
