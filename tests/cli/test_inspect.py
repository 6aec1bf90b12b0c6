"""``arviz inspect``."""

from tests.cli.command_line import arviz
from tests.formats.test_read import BOX


def test_people_and_programs_see_the_same_facts(data):
    path = data / "products" / "SunglassesKhronos.glb"
    people, programs = arviz("inspect", path), arviz("inspect", path, "--json")
    assert people.code == programs.code == 0
    facts = programs.json
    assert f"{facts['triangles']:,}" in people.out
    assert "150.5 x 161.5 x 57.6 mm" in people.out
    for part in facts["parts"]:
        assert part["id"] in people.out


def test_no_unit_no_millimetres(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    done = arviz("inspect", tmp_path / "box.obj")
    assert done.code == 0
    assert "file units" in done.out
    assert " mm" not in done.out


def test_bad_files_are_explained(tmp_path):
    (tmp_path / "a.glb").write_bytes(b"glTF")
    done = arviz("inspect", tmp_path / "a.glb", "--json")
    assert done.code == 3
    assert done.json["error"]["code"] == "E_TRUNCATED"
    assert "hint" in done.err
