"""``arviz models``."""

from tests.cli.command_line import arviz, environment

NAMES = ["face_landmarker", "pose_landmarker", "hand_landmarker", "selfie_segmenter"]


def test_a_fresh_machine_is_told_what_is_missing_and_the_command(tmp_path):
    fresh = environment(XDG_CACHE_HOME=str(tmp_path), ARVIZ_MODELS_DIR="")
    listed = arviz("models", "list", env=fresh)
    assert listed.code == 0
    assert "run `arviz models fetch`" in listed.out
    checked = arviz("models", "verify", "--json", env=fresh)
    assert checked.code == 5
    assert [row["name"] for row in checked.json["models"]] == NAMES
    assert checked.json["schema"] == "arviz.models/1"
    assert {row["licence"] for row in checked.json["models"]} == {"Apache-2.0"}


def test_without_a_network_fetch_says_so_and_leaves_nothing(tmp_path):
    nowhere = environment(XDG_CACHE_HOME=str(tmp_path), PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0", PIP_FIND_LINKS="")
    nowhere |= {"PIP_EXTRA_INDEX_URL": "", "PIP_CONFIG_FILE": "/dev/null"}
    done = arviz("models", "fetch", "face_landmarker", env=nowhere)
    assert (done.code, done.out) == (5, "")
    assert "E_PIP" in done.err
    assert "--wheels" in done.err
    assert [path for path in (tmp_path / "arviz" / "models").rglob("*") if path.is_file()] == []


def test_offline(tmp_path):
    done = arviz("models", "fetch", "--json", env=environment(XDG_CACHE_HOME=str(tmp_path), ARVIZ_OFFLINE="1"))
    assert done.code == 5
    assert done.json["error"]["code"] == "E_OFFLINE"


def test_an_unknown_name():
    done = arviz("models", "verify", "ears")
    assert done.code == 3
    assert "E_MODEL_UNKNOWN" in done.err


def test_what_is_here_is_checked(models):
    del models
    done = arviz("models", "verify", "hand_landmarker")
    assert done.code == 0, done.err
    assert "1 of 1" in done.out
