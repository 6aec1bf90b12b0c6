"""Keys: made once, told once, kept as a hash, ended at once."""

from __future__ import annotations

import os

import pytest

from arviz.core.errors import CredentialsError, InputError, NotFoundError
from arviz.jobs.table import JobTable
from arviz.service import keys as module
from arviz.service.keys import SCOPES, Keys
from arviz.service.quotas import Quotas
from arviz.service.settings import Settings, secret


def test_a_key_is_found_by_its_text_alone(tmp_path):
    keys = Keys(tmp_path)
    key, text = keys.create("shop", scopes=["read", "jobs"])
    assert keys.find(text).id == key.id
    assert keys.find(text).may("jobs")
    assert not keys.find(text).may("upload")
    for wrong in ("", "av", text[:-1], text + "x", text.replace("av_", "ax_"), f"av_{key.id}_", "av_\ud800_x"):
        with pytest.raises(CredentialsError):
            keys.find(wrong)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_the_folder_is_its_owners_alone_where_it_is_made(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    kept.chmod(0o755)
    makers = (Keys, secret, lambda folder: JobTable(folder / "jobs.db").close(), lambda folder: Quotas(Settings(folder=folder)))
    for number, make in enumerate(makers):
        new = tmp_path / f"new-{number}"
        make(new)
        make(kept)
        assert [folder.stat().st_mode & 0o777 for folder in (new, kept)] == [0o700, 0o755]


def test_an_admin_may_everything(tmp_path):
    key, _ = Keys(tmp_path).create("me", scopes=["admin"])
    assert all(key.may(scope) for scope in SCOPES)


def test_the_text_is_nowhere_on_disk(tmp_path):
    _, text = Keys(tmp_path).create("shop", scopes=["read"])
    secret = text.split("_", 2)[2].encode()  # which may hold more of them
    assert all(secret not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_revoked_key_ends(tmp_path, monkeypatch):
    keys = Keys(tmp_path)
    key, text = keys.create("shop", scopes=["read"])
    keys.find(text)
    Keys(tmp_path).revoke(key.id)  # another process
    monkeypatch.setattr(module, "SECONDS_KNOWN", 0.0)
    with pytest.raises(CredentialsError):
        keys.find(text)
    assert keys.all()[0].revoked is not None
    with pytest.raises(NotFoundError):
        keys.revoke("nobody")


@pytest.mark.parametrize("scopes", [[], ["read", "root"]])
def test_scopes_are_known_words(tmp_path, scopes):
    with pytest.raises(InputError) as caught:
        Keys(tmp_path).create("shop", scopes=scopes)
    assert caught.value.code == "E_SCOPE"
