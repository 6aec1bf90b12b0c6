"""``arviz batch`` as a merchant types it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.architecture.checkout import ROOT
from tests.cli.command_line import arviz
from tests.formats.test_read import BOX

HEADER = "sku,file,size\n"


@pytest.fixture
def shop(tmp_path):
    """Return a function that writes a catalogue of boxes; every row is ``sku,file,size``."""
    (tmp_path / "box.obj").write_text(BOX)

    def write(*rows):
        path = tmp_path / "shop.csv"
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
        return path

    return write


def test_a_catalogue_becomes_products_and_a_manifest(shop, tmp_path):
    done = arviz("batch", shop("one,box.obj,40x10x20mm"), "-o", tmp_path / "o", "--jobs", "1")
    assert done.code == 0, done.err
    assert done.err == ""
    assert "size not checked" not in done.out
    first, manifest, page = done.out.splitlines()
    assert first == "1 fine, 0 failed their checks, 0 not converted"
    assert manifest.endswith("manifest.json")
    assert page.endswith("report.html")
    assert (tmp_path / "o" / "one" / "one.glb").is_file()
    again = arviz("batch", tmp_path / "shop.csv", "-o", tmp_path / "o", "--resume", "--json")
    assert again.code == 0
    assert again.json["schema"] == "arviz.manifest/1"
    assert again.json["products"][0]["outputs"][0]["path"] == "one/one.glb"
    assert os.path.isfile(again.json["files"]["page"])
    refused = arviz("batch", tmp_path / "shop.csv", "-o", tmp_path / "o")
    assert (refused.code, "--resume" in refused.err, "E_OUTPUT_EXISTS" in refused.err) == (3, True, True)


def test_what_is_wrong_is_told_with_its_line_and_the_rest_is_made(shop, tmp_path):
    rows = ["good,box.obj,40x10x20mm", "absent,no.obj,", "unitless,box.obj,", "other,box.obj,80x10x20mm"]
    done = arviz("batch", shop(*rows), "-o", tmp_path / "o", "--jobs", "1")
    assert done.code == 7
    assert "line 3, absent" in done.out
    assert "[E_FILE_MISSING]" in done.out
    assert "line 4, unitless" in done.out
    assert "--unit" in done.out
    assert "line 5, other" in done.out
    assert "1 fine, 1 failed their checks, 2 not converted" in done.out


def test_a_size_that_nothing_was_compared_with_is_told(shop, tmp_path):
    rows = shop("one,box.obj,", "two,box.obj,40x10x20mm").read_text().splitlines()
    catalogue = tmp_path / "shop.csv"
    catalogue.write_text("\n".join(f"{row},{unit}" for row, unit in zip(rows, ("file_unit", "mm", ""), strict=True)))
    done = arviz("batch", catalogue, "-o", tmp_path / "o", "--jobs", "1")
    assert done.code == 0, done.err
    assert done.out.splitlines()[:2] == ["2 fine, 0 failed their checks, 0 not converted", "size not checked: no listed size for 1 product"]
    page = (tmp_path / "o" / "report.html").read_text()
    assert page.count("not checked: no listed size") == 1


def test_a_product_that_passes_without_its_pictures_is_told(shop, tmp_path):
    (tmp_path / "grey.obj").write_text("mtllib grey.mtl\nusemtl wood\n" + BOX)
    (tmp_path / "grey.mtl").write_text("newmtl wood\nmap_Kd wood.png\n")
    done = arviz("batch", shop("fine,box.obj,40x10x20mm", "grey,grey.obj,40x10x20mm"), "-o", tmp_path / "o", "--jobs", "1")
    assert done.code == 0
    assert [line.partition(":")[0] for line in done.out.splitlines()][:2] == ["look at", "  hint"]
    assert "line 3, grey: the texture 'wood.png'" in done.out
    assert "2 fine" in done.out


def test_a_folder_of_files_needs_no_table(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "box.obj").write_text("# units: mm\n" + BOX)
    (tmp_path / "files" / os.fsdecode(b"b\xf6x.stl")).write_bytes(b"")
    done = arviz("batch", tmp_path / "files", "-o", tmp_path / "files" / "ready", "--jobs", "1")
    assert done.code == 7
    assert "1 fine, 0 failed their checks, 1 not converted" in done.out
    assert "line" not in done.out
    again = arviz("batch", tmp_path / "files", "-o", tmp_path / "files" / "ready", "--resume")
    assert "(1 of them finished before)" in again.out


def test_the_words_of_a_spreadsheet_are_understood_and_told(shop, tmp_path):
    shop()
    (tmp_path / "liste.csv").write_bytes("\ufeffArtikelnr.;Modell;Breite (cm);Höhe\r\nB-1;box.obj;4;2,0 cm\r\n".encode())
    words = ["batch", tmp_path / "liste.csv", "-o", tmp_path / "o", "--jobs", "1"]
    refused = arviz(*words)
    assert (refused.code, "Modell, Breite (cm)" in refused.err, "--column file=" in refused.err) == (3, True, True)
    done = arviz(*words, "--column", "file=Modell")
    assert done.code == 0, done.err
    assert "'Breite (cm)' is width in cm" in done.err
    assert arviz(*words, "--column", "Modell").code == 2


def test_failed_checks_alone_are_code_one(shop, tmp_path):
    assert arviz("batch", shop("other,box.obj,80x10x20mm"), "-o", tmp_path / "o", "--jobs", "1").code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--jobs", "1", "--cluster", "tcp://localhost:1"], 2, "either"),
        (["--resume", "--force"], 2, "either"),
        (["--encoding", "klingon"], 3, "encoding"),
        (["--jobs", "0"], 2, "jobs"),
    ],
)
def test_exit_codes_and_explanations(shop, tmp_path, arguments, code, says):
    done = arviz("batch", shop("one,box.obj,"), "-o", tmp_path / "o", *arguments)
    assert done.code == code
    assert says in done.err


def test_ctrl_c_says_how_to_go_on_and_leaves_nothing_half(shop, tmp_path):
    catalogue = shop(*(f"s{number},box.obj,40x10x20mm" for number in range(60)))
    command = [sys.executable, "-m", "arviz", "batch", str(catalogue), "-o", str(tmp_path / "o"), "--jobs", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + 60
    while not (tmp_path / "o" / "s0").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.splitlines()[1].endswith("--jobs 1 --resume")
    assert not (tmp_path / "o" / "manifest.json").exists()
    assert not list((tmp_path / "o" / ".batch").glob("work-*"))
    assert all((folder / "report.json").is_file() for folder in (tmp_path / "o").glob("s*"))


def test_two_at_once_in_one_folder_are_refused(shop, tmp_path):
    import fcntl

    (tmp_path / "o" / ".batch").mkdir(parents=True)
    with open(tmp_path / "o" / ".batch" / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = arviz("batch", shop("one,box.obj,40x10x20mm"), "-o", tmp_path / "o")
    assert (done.code, "E_BATCH_RUNNING" in done.err) == (3, True)
