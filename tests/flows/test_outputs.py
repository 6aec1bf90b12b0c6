"""Writing: all or nothing, also when the disk says no."""

import errno
import os

import pytest

from arviz.core.errors import InputError
from arviz.flows.outputs import refuse_existing, write_files


def test_all_files_appear_with_ordinary_permissions(tmp_path):
    write_files({tmp_path / "a" / "1": b"one", tmp_path / "a" / "2": b"two"})
    assert (tmp_path / "a" / "1").read_bytes() == b"one"
    assert sorted(os.listdir(tmp_path / "a")) == ["1", "2"]
    (tmp_path / "plain").touch()
    assert (tmp_path / "a" / "1").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failure_in_the_middle_keeps_the_old_and_leaves_no_rest(tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "wall").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        write_files({tmp_path / "old": b"new", tmp_path / "wall" / "inside-a-file": b"x"})
    assert caught.value.code == "E_OUTPUT_UNWRITABLE"
    assert (tmp_path / "old").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["old", "wall"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_is_one_clear_error(tmp_path, monkeypatch):
    """The part file is really written to a device that is full."""
    import arviz.flows.outputs as outputs

    monkeypatch.setattr(outputs.Path, "with_name", lambda self, name: self.parent / "full")
    (tmp_path / "full").symlink_to("/dev/full")
    real_open = open
    monkeypatch.setattr("builtins.open", lambda path, mode="r": real_open(path, mode.replace("x", "w")))
    with pytest.raises(InputError) as caught:
        write_files({tmp_path / "a": b"x" * 100_000})
    assert caught.value.found == os.strerror(errno.ENOSPC)
    assert caught.value.where == str(tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_existing_outputs_are_named(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(InputError, match="a"):
        refuse_existing([tmp_path / "a", tmp_path / "b"], force=False)
    refuse_existing([tmp_path / "a"], force=True)
    refuse_existing([tmp_path / "b"], force=False)


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(tmp_path):
    (tmp_path / "wall").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        refuse_existing([tmp_path / "wall" / "deep" / "a.glb"], force=True)
    assert caught.value.code == "E_OUTPUT_UNWRITABLE"
    refuse_existing([tmp_path / "new" / "deep" / "a.glb"], force=True)
    assert sorted(os.listdir(tmp_path)) == ["wall"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user for whom permissions count")
def test_a_folder_without_permission_is_refused_before_the_work(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError) as caught:
        refuse_existing([tmp_path / "locked" / "a.glb"], force=True)
    assert caught.value.code == "E_OUTPUT_UNWRITABLE"
