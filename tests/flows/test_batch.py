"""What a batch keeps of a product tells whether the same would come out again."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from arviz.core.image import Image, encode
from arviz.flows.batch import convert_entry, key_of, options_of, still_holds
from arviz.flows.catalogue import Entry
from arviz.flows.targets import Delivery
from tests.formats.test_read import BOX

MTL = "newmtl wood\nmap_Kd wood.png\nmap_Ks ../secret.png\nmap_bump absent.png\n"


@pytest.fixture
def made(tmp_path):
    """A box with a texture, one that is absent and one that lies outside; its record, and how to ask whether that holds."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "box.obj").write_text("mtllib box.mtl\nusemtl wood\n" + BOX)
    (tmp_path / "in" / "box.mtl").write_text(MTL)
    (tmp_path / "in" / "wood.png").write_bytes(encode(Image(pixels=np.full((4, 4, 3), 90, np.uint8)), "PNG"))
    entry = Entry(sku="S", name="S", file=tmp_path / "in" / "box.obj", unit="cm")
    options = options_of(entry, Delivery())
    record = json.loads(json.dumps(convert_entry(entry.file, name="S", out=tmp_path / "out", options=options)))

    def holds(**others):
        wanted = options_of(entry, others.pop("delivery", Delivery())) | others
        return still_holds(record, entry.file, key=key_of("S", wanted), out=tmp_path / "out")

    return tmp_path, record, holds


def test_a_record_holds_as_long_as_nothing_changes(made):
    folder, record, holds = made
    assert record["product"]["state"] != "error"
    assert set(record["inputs"]["beside"]) >= {"box.mtl", "wood.png", "absent.png"}
    assert holds()
    assert holds()
    assert str(folder) not in json.dumps(record)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "in" / "box.obj").write_text("mtllib box.mtl\n" + BOX),
        lambda folder: (folder / "in" / "box.mtl").write_text(MTL + "Kd 1 0 0\n"),
        lambda folder: (folder / "in" / "wood.png").write_bytes(b"x"),
        lambda folder: (folder / "in" / "wood.png").unlink(),
        lambda folder: (folder / "in" / "box.obj").unlink(),
        lambda folder: (folder / "in" / "absent.png").write_bytes(b"x"),
        lambda folder: (folder / "out" / "S" / "S.glb").unlink(),
        lambda folder: (folder / "out" / "S" / "report.json").write_text("{}"),
    ],
)
def test_whatever_changes_it_is_made_anew(made, change):
    folder, _, holds = made
    change(folder)
    assert not holds()


def test_other_options_make_it_anew(made):
    _, _, holds = made
    assert not holds(unit="mm")
    assert not holds(size=(1.0, None, None))
    assert not holds(delivery=Delivery(targets=("web",)))


def test_what_cannot_be_converted_is_a_finding_without_paths(tmp_path):
    (tmp_path / "bad.glb").write_bytes(b"glTF but not really")
    record = convert_entry(tmp_path / "bad.glb", name="bad", out=tmp_path / "out", options={})
    assert record["product"]["state"] == "error"
    assert record["product"]["findings"][0]["severity"] == "error"
    assert str(tmp_path) not in json.dumps(record)
    assert not (tmp_path / "out").exists()
    missing = convert_entry(Path(tmp_path / "no.glb"), name="no", out=tmp_path / "out", options={})
    assert [finding["code"] for finding in missing["product"]["findings"]] == ["E_FILE_MISSING"]
    assert not still_holds(missing, tmp_path / "no.glb", key=key_of("no", {}), out=tmp_path / "out")


def test_a_product_in_an_archive_holds_as_long_as_the_archive_does(tmp_path):
    archive = tmp_path / "box.zip"

    def pack(text):
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr("box.obj", text)

    pack(BOX)
    options = options_of(Entry(sku="S", name="S", file=archive, unit="cm"), Delivery())
    record = json.loads(json.dumps(convert_entry(archive, name="S", out=tmp_path / "out", options=options)))
    assert record["product"]["state"] == "passed"
    assert still_holds(record, archive, key=key_of("S", options), out=tmp_path / "out")
    pack(BOX + "# another\n")
    assert not still_holds(record, archive, key=key_of("S", options), out=tmp_path / "out")
