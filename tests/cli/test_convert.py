"""``arviz convert`` as a merchant types it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.command_line import arviz
from tests.formats.test_read import BOX


@pytest.fixture
def box(tmp_path):
    path = tmp_path / "box.obj"
    path.write_text(BOX)
    return path


def test_one_line_before_and_after(box, tmp_path):
    done = arviz("convert", box, "-o", tmp_path / "o", "--size", "40x10x20mm")
    assert done.code == 0, done.err
    assert done.err == ""
    (line,) = done.out.splitlines()
    assert "inferred from the listing" in line
    assert "40 x 10 x 20 mm" in line
    assert line.endswith("box.glb")


def test_json_is_the_whole_truth(box, tmp_path):
    done = arviz("convert", box, "-o", tmp_path / "o", "--unit", "cm", "--json")
    assert done.json["schema"] == "arviz.convert/1"
    (product,) = done.json["products"]
    assert product["ok"]
    assert product["report"]["size_mm"]["width"] == 40
    assert os.path.isfile(product["files"]["master"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 3, "--unit"),
        (["--unit", "m", "--size", "4x1x3m"], 1, "E_SIZE"),
        (["--unit", "yards"], 2, "yards"),
        (["--unit", "0,5m", "--size", "2x.5x1m"], 0, "2,000 x 500 x 1,000 mm"),
        (["--unit", "3 parsec"], 3, "a length such as"),
        (["--unit", "m", "--size", "2x.5x1m"], 1, "--unit 500mm"),
        (["--size", "4x1x2"], 3, "no unit"),
        (["--size", "4x1x2m", "--width", "4m"], 2, "either"),
        (["--width", "4", "--unit", "m"], 3, "no unit"),
        (["--unit", "m", "--up", "sideways"], 3, "not an axis"),
        (["--unit", "m", "--up", "+Z", "--front", "-Z"], 3, "same axis"),
        (["--unit", "m", "--name", "a", "--name", "b"], 3, "--name"),
        (["--unit", "m", "--height", "2m"], 0, ""),
    ],
)
def test_exit_codes_and_explanations(box, tmp_path, arguments, code, says):
    done = arviz("convert", box, "-o", tmp_path / "o", *arguments)
    assert done.code == code, done
    assert says in done.err + done.out


def test_a_path_with_backslashes_is_no_bad_name(tmp_path):
    done = arviz("convert", "Sofas\\Sofa Oslo.obj", "-o", tmp_path)
    assert done.code == 3
    assert "E_FILE_MISSING" in done.err
    assert "divided by /" in done.err


def test_errors_in_json_too(tmp_path):
    done = arviz("convert", tmp_path / "gone.obj", "-o", tmp_path, "--json")
    assert done.code == 3
    (product,) = done.json["products"]
    assert product["error"]["code"] == "E_FILE_MISSING"


def test_a_batch_goes_on_and_says_it_was_partial(box, tmp_path):
    (tmp_path / "bad.stl").write_bytes(b"solid nothing")
    done = arviz("convert", tmp_path / "bad.stl", box, "-o", tmp_path / "o", "--unit", "m")
    assert done.code == 7
    assert "bad.stl" in done.err
    assert "1 not converted" in done.out
    assert (tmp_path / "o" / "box" / "box.glb").is_file()


@pytest.mark.parametrize("name", ["with space.obj", "Möbel.obj", "-dash.obj", "椅子.obj"])
def test_names_of_all_kinds(tmp_path, name):
    (tmp_path / name).write_text(BOX)
    done = arviz("convert", "-o", tmp_path / "o", "--unit", "m", "--", tmp_path / name)
    assert done.code == 0, done.err


def test_ctrl_c_leaves_complete_products_and_says_so(box, tmp_path):
    copies = []
    for index in range(200):
        copy = tmp_path / f"box{index}.obj"
        copy.write_text(BOX)
        copies.append(str(copy))
    command = [sys.executable, "-m", "arviz", "convert", *copies, "-o", str(tmp_path / "o"), "--unit", "m"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "o").glob("*/report.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=180)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    for folder in (tmp_path / "o").iterdir():
        names = {path.name for path in folder.iterdir()}
        whole = {f"{folder.name}.glb", f"{folder.name}.quick-look.usdz", "poster.webp", "report.html", "report.json"}
        assert names in (whole, set()), names


def test_targets_with_all_their_options(box, tmp_path):
    wishes = ["--geometry", "draco", "--textures", "jpeg", "--max-mb", "0.5", "--max-triangles", "8", "--quality", "30", "--effort", "fast"]
    done = arviz("convert", box, "-o", tmp_path / "o", "--unit", "cm", "--target", "web", "--target", "plain", *wishes, "--json")
    assert done.code == 0, done.err
    (product,) = done.json["products"]
    assert [output["path"] for output in product["report"]["outputs"]] == ["box.glb", "box.web.glb", "box.plain.glb"]
    web = product["report"]["outputs"][1]
    assert "KHR_draco_mesh_compression" in web["extensions"]
    assert web["triangles"] <= 8
    assert os.path.isfile(product["files"]["plain"])
    told = arviz("convert", box, "-o", tmp_path / "t", "--unit", "cm", "--target", "web")
    assert "dB in pictures" in told.out or "no difference in pictures" in told.out
    unknown = arviz("convert", box, "-o", tmp_path / "u", "--unit", "cm", "--target", "myspace")
    assert unknown.code == 3
    assert "google-merchant" in unknown.err


def test_levels_and_hulls_are_told_and_written(box, tmp_path):
    done = arviz("convert", box, "-o", tmp_path / "o", "--unit", "m", "--target", "plain", "--effort", "fast", "--lods", "2", "--hulls")
    assert done.code == 0, done.err
    assert "1 for physics" in done.out
    assert (tmp_path / "o" / "box" / "box.hulls.glb").is_file()
    assert arviz("convert", box, "-o", tmp_path / "p", "--unit", "m", "--lods", "9").code == 2


def test_deflection_is_for_step_and_leaves_others_alone(box, tmp_path, data):
    pytest.importorskip("cascadio", reason="the extra cad is not installed")
    words = ["--unit", "m", "--target", "plain", "--effort", "fast", "--deflection"]
    done = arviz("convert", data / "formats" / "featuretype.STEP", box, "-o", tmp_path / "o", *words, "1", "--json")
    part, other = (product["report"] for product in done.json["products"])
    (told,) = [finding for finding in part["findings"] if finding["code"] == "I_STEP_CUT"]
    assert "1 mm" in told["message"]
    assert other["ok"]
    refused = arviz("convert", data / "formats" / "featuretype.STEP", "-o", tmp_path / "p", *words, "-1")
    assert refused.code == 3
    assert "E_DEFLECTION" in refused.err
