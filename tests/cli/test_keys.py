"""``arviz keys``."""

import base64

from arviz.service.keys import Keys
from tests.cli.command_line import arviz


def test_a_key_is_made_listed_and_ended(tmp_path):
    made = arviz("keys", "create", "shop", "--scope", "read", "--folder", tmp_path, "--json")
    assert made.code == 0
    assert made.json["schema"] == "arviz.keys/1"
    assert Keys(tmp_path).find(made.json["key"]).scopes == ("read",)
    assert len(base64.b64decode(made.json["webhook_secret"].removeprefix("whsec_"))) == 32
    listed = arviz("keys", "list", "--folder", tmp_path, "--json").json["keys"]
    assert [(key["name"], key["scopes"], key["revoked"]) for key in listed] == [("shop", ["read"], None)]
    assert arviz("keys", "revoke", listed[0]["id"], "--folder", tmp_path).code == 0
    assert Keys(tmp_path).all()[0].revoked is not None


def test_words_that_are_no_scopes_and_keys_that_are_not_there(tmp_path):
    wrong = arviz("keys", "create", "shop", "--scope", "root", "--folder", tmp_path)
    assert wrong.code == 3
    assert "E_SCOPE" in wrong.err
    assert "E_KEY_NOT_FOUND" in arviz("keys", "revoke", "abc", "--folder", tmp_path).err
    assert "arviz keys create" in arviz("keys", "list", "--folder", tmp_path).err


def test_a_folder_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("x")
    done = arviz("keys", "list", "--folder", tmp_path / "file")
    assert done.code == 6
    assert "E_SERVICE_FOLDER" in done.err
