"""``arviz lods``."""

from arviz.core.graph import triangle_count
from arviz.formats.read import read
from tests.cli.command_line import arviz


def test_levels_are_what_the_table_says(data, tmp_path):
    path = data / "products" / "GlamVelvetSofa.glb"
    done = arviz("lods", path, "-o", tmp_path, "--json")
    assert done.code == 0
    levels = done.json["levels"]
    counts = [triangle_count(read(tmp_path / level["path"])) for level in levels]
    assert counts == [level["triangles"] for level in levels]
    assert counts == sorted(counts, reverse=True)
    assert all(level["deviation_max_mm"] <= level["error_mm"] for level in levels)
    # One pixel: what a level is off by, where the product is as large as it may be for that level.
    for level in levels[1:]:
        assert level["error_mm"] / done.json["diagonal_mm"] * level["coverage"] * done.json["height_px"] <= 1.0001
    assert [level["distance_m"] for level in levels] == sorted(level["distance_m"] for level in levels)


def test_levels_of_a_former_run_do_not_stay(data, tmp_path):
    path = data / "products" / "GlamVelvetSofa.glb"
    first = arviz("lods", path, "-o", tmp_path, "--levels", 2, "--name", "sofa")
    assert (first.code, "--target web --lods" in first.err) == (0, True)  # its pictures are 3 MB
    (tmp_path / "sofa.lod1.glb").rename(tmp_path / "sofa.lod3.glb")
    assert arviz("lods", path, "-o", tmp_path, "--name", "sofa").code == 3
    done = arviz("lods", path, "-o", tmp_path, "--name", "sofa", "--pixels", 2000000, "--force")
    assert done.code == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["sofa.lod0.glb", "sofa.lods.json"]
