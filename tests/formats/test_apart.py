"""Reading in a child process: what it found comes back whole, and however it ends, this process is told."""

import hashlib

import numpy as np
import pytest

from arviz.core.errors import BackendError, FormatError, LimitError, MeshError
from arviz.core.graph import size
from arviz.formats.apart import read_apart
from arviz.formats.files import Files

READERS = "tests.formats.apart_readers"


def call(name, data=b"words", path=None, **options):
    return read_apart(f"{READERS}:{name}", data, Files(path, name="a.fbx"), **options)


def test_what_the_child_found_comes_back(tmp_path):
    (tmp_path / "beside.txt").write_bytes(b"more")
    files = Files(tmp_path / "a.fbx", name="a.fbx")
    asset = read_apart(f"{READERS}:works", b"words", files)
    assert np.allclose(size(asset), (1, 2, 3))
    source = asset.source
    assert (source.name, source.format, source.unit, source.unit_source, source.up, source.front) == (
        "a.fbx",
        "fbx",
        "in",
        "file",
        "+Z",
        "-Y",
    )
    assert [(finding.code, finding.message) for finding in source.findings] == [("I_TOLD", "words")]
    assert files.beside == {"beside.txt": hashlib.sha256(b"more").hexdigest()}


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("dies", FormatError, "E_READER_DIED"),
        ("leaves", FormatError, "E_READER_DIED"),
        ("spins", LimitError, "E_LIMIT_TIME"),
        ("eats", LimitError, "E_LIMIT_MEMORY"),
        ("refuses", MeshError, "E_NO_TRIANGLES"),
        ("stumbles", BackendError, "E_READER_FAILED"),
    ],
)
def test_however_the_child_ends_this_process_is_told(name, error, code):
    with pytest.raises(error) as told:
        call(name)
    assert told.value.code == code
    if name == "refuses":
        assert (told.value.expected, told.value.found, told.value.hint) == ("a", "b", "Draw.")
