"""``arviz sign``."""

from arviz.service.settings import secret
from arviz.service.signing import is_signed
from tests.cli.command_line import arviz

ASSET = "kb4gznq5n2vkzq7m2t5w6d3r4e"


def test_a_picture_and_a_file_are_signed(tmp_path):
    secret(tmp_path)
    for path in (f"/r/w=256,variant=mango%20velvet/{ASSET}.webp", f"/a/{ASSET}.usdz"):
        done = arviz("sign", path, "--folder", tmp_path)
        assert done.code == 0
        _, door, given, rest = done.out.strip().split("/", 3)
        assert f"/{door}/{rest}" == path
        assert is_signed(path, given, secret=secret(tmp_path))


def test_an_address_that_ends(tmp_path):
    secret(tmp_path)
    assert ",until=" in arviz("sign", f"/r/w=256/{ASSET}.webp", "--for", "60", "--folder", tmp_path).out


def test_what_is_not_understood_is_not_signed(tmp_path):
    secret(tmp_path)
    for path, code in (
        ("/etc/passwd", "E_ADDRESS"),
        (f"/r/w=256,x=1/{ASSET}.webp", "E_PICTURE_ADDRESS"),
        (f"/a/../{ASSET}.glb", "E_ADDRESS"),
    ):
        done = arviz("sign", path, "--folder", tmp_path)
        assert done.code == 3
        assert code in done.err


def test_the_secret_is_the_services_own_and_private(tmp_path):
    path = f"/a/{ASSET}.glb"
    for folder in (tmp_path, tmp_path / "other"):
        secret(folder)
    first = arviz("sign", path, "--folder", tmp_path).out
    assert arviz("sign", path, "--folder", tmp_path).out == first
    assert arviz("sign", path, "--folder", tmp_path / "other").out != first
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_a_folder_without_a_service_signs_nothing(tmp_path):
    """With a secret that is made for it, the address would be one that no service takes."""
    done = arviz("sign", f"/a/{ASSET}.glb", "--folder", tmp_path / "none")
    assert (done.code, done.out) == (3, "")
    assert "E_NO_SERVICE" in done.err
    assert not (tmp_path / "none").exists()
