"""A batch ends with the same manifest however often it is killed, and one bad product costs that product alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from arviz.core.errors import InputError
from arviz.core.image import Image, encode
from arviz.flows.targets import Delivery
from arviz.formats.gltf.write import write_glb
from arviz.jobs.batch import batch
from arviz.testing.shapes import sphere
from tests.architecture.checkout import ROOT
from tests.jobs.catalogues import write_catalogue
from tests.jobs.cluster import cluster
from tests.seeds import drawn_seed

SOON_S = 900  # a hang, on a machine however busy


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Twelve products, and the batch of them that nobody stopped."""
    folder = tmp_path_factory.mktemp("batch")
    made = write_catalogue(folder / "products", 12, seed=drawn_seed("batch of twelve"))
    return made, batch(made.path, out=folder / "ready", engine="local:2")


def content(folder):
    """Return path -> bytes of what a batch has made, without its own folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != ".batch"
    }


def killed(catalogue, out, *, after, resume):
    """Start a batch, kill all its processes at once when it has finished `after` products; return whether it came to that."""
    command = [sys.executable, "-m", "arviz", "batch", str(catalogue), "-o", str(out), "--jobs", "2", *(["--resume"] if resume else [])]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until = time.monotonic() + SOON_S
    while process.poll() is None and time.monotonic() < until:
        if len(finished(out)) >= after:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stderr.close()
            return True
        time.sleep(0.01)
    assert process.poll() is not None, "the batch does not end"
    process.stderr.close()
    return False


def finished(out):
    return [path for path in out.glob("*") if path.is_dir() and not path.name.startswith(".")] if out.exists() else []


def test_every_row_stands_in_the_manifest_and_bad_ones_say_why(undisturbed):
    made, done = undisturbed
    assert done.manifest["counts"] == made.counts
    assert not done.ok
    assert [product["line"] for product in done.manifest["products"]] == list(range(2, 14))
    assert json.loads(done.files["manifest"].read_bytes()) == done.manifest
    for product in done.manifest["products"]:
        errors = [finding for finding in product["findings"] if finding["severity"] == "error"]
        assert bool(errors) == (product["state"] != "passed")
        assert (done.folder / product["sku"]).is_dir() == (product["state"] != "error")
        for path, size in product.get("files", {}).items():
            assert (done.folder / path).stat().st_size == size


def test_killed_and_resumed_it_is_as_if_nothing_had_happened(undisturbed, tmp_path):
    made, done = undisturbed
    assert killed(made.path, tmp_path / "ready", after=3, resume=False)
    assert not (tmp_path / "ready" / "manifest.json").exists()
    for folder in finished(tmp_path / "ready"):  # complete or absent
        assert content(folder) == content(done.folder / folder.name)
    again = batch(made.path, out=tmp_path / "ready", engine="local:2", resume=True)
    assert again.kept >= 1
    assert content(again.folder) == content(done.folder)
    assert not list(again.folder.glob(".batch/work-*"))


@pytest.mark.slow
def test_two_hundred_products_killed_again_and_again(tmp_path):
    made = write_catalogue(tmp_path / "products", 200, seed=drawn_seed())
    undisturbed = batch(made.path, out=tmp_path / "whole")
    assert undisturbed.manifest["counts"] == made.counts
    kills = [killed(made.path, tmp_path / "ready", after=after, resume=bool(after > 15)) for after in (15, 60, 61, 120, 180)]
    assert all(kills)
    again = batch(made.path, out=tmp_path / "ready", resume=True)
    assert again.kept >= 170
    assert content(again.folder) == content(undisturbed.folder)


def test_resuming_makes_what_has_changed_and_nothing_else(undisturbed, tmp_path):
    made, done = undisturbed
    products, out = (shutil.copytree(folder, tmp_path / folder.name) for folder in (made.path.parent, done.folder))
    before = stamps(out)
    formats = {product["source"]["format"]: product["sku"] for product in done.manifest["products"] if product["state"] == "passed"}
    retextured, robbed = formats["obj"], formats["gltf"]
    for path in products.glob(f"{retextured.removeprefix('TEST-')}/surface.png"):
        path.write_bytes(encode(Image(pixels=np.zeros((4, 4, 3), np.uint8)), "PNG"))
    (out / robbed / f"{robbed}.glb").unlink()
    catalogue = products / made.path.name
    catalogue.write_text(catalogue.read_text("utf-8").replace("Product 0,", "Renamed 0,"), "utf-8")
    again = batch(catalogue, out=out, engine="local:1", resume=True)
    after = stamps(out)
    assert {path.partition("/")[0] for path in before if after[path] != before[path]} == {retextured, robbed}
    assert again.manifest["products"][0]["title"].startswith("Renamed 0")
    assert content(out / robbed) == content(done.folder / robbed)
    assert content(out / retextured) != content(done.folder / retextured)


def stamps(out):
    return {path.relative_to(out).as_posix(): path.stat().st_mtime_ns for path in out.glob("[!.]*/*")}


def test_a_product_whose_worker_dies_twice_costs_itself_alone(tmp_path):
    """The second of three products takes long; the only worker is killed whenever it works on it."""
    for name, segments in (("first", 8), ("slow", 250), ("last", 8)):
        (tmp_path / f"{name}.glb").write_bytes(write_glb(sphere(segments=segments)))
    catalogue = tmp_path / "shop.csv"
    catalogue.write_text("file\nfirst.glb\nslow.glb\nlast.glb\n")
    killers = []

    def told(step):
        if step.product.get("folder") in ("first", "last"):  # the slow one is next, and again at the end
            killers.append(threading.Timer(0.3, lambda: [child.kill() for child in psutil.Process().children() if _is_worker(child)]))
            killers[-1].start()

    done = batch(catalogue, out=tmp_path / "ready", engine="local:1", progress=told)
    for killer in killers:
        killer.join()
    states = {product["sku"]: product["state"] for product in done.manifest["products"]}
    assert states == {"first": "passed", "slow": "error", "last": "passed"}
    assert [finding["code"] for finding in done.manifest["products"][1]["findings"]] == ["E_CHILD_DIED"]
    again = batch(catalogue, out=tmp_path / "ready", engine="local:1", resume=True)
    assert (again.ok, again.kept) == (True, 2)


def _is_worker(process):
    return "spawn_main" in " ".join(process.cmdline())


def test_targets_of_a_row_are_its_own(tmp_path):
    (tmp_path / "ball.glb").write_bytes(write_glb(sphere(segments=8)))
    catalogue = tmp_path / "shop.csv"
    catalogue.write_text("sku,file,targets\none,ball.glb,\ntwo,ball.glb,web quick-look\nthree,ball.glb,moon\n")
    wanted = Delivery(targets=("plain",), effort="fast")
    done = batch(catalogue, out=tmp_path / "ready", engine="local:1", delivery=wanted)
    one, two, three = done.manifest["products"]
    assert [output["target"] for output in one["outputs"]] == ["master", "plain"]
    assert [output["target"] for output in two["outputs"]] == ["master", "web", "quick-look"]
    assert [(finding["code"], finding["where"]) for finding in three["findings"]] == [("E_TARGET_UNKNOWN", "shop.csv:4")]
    assert done.manifest["options"]["targets"] == ["plain"]
    other = batch(
        catalogue, out=tmp_path / "ready", engine="local:1", delivery=Delivery(targets=("quick-look",), effort="fast"), resume=True
    )
    assert other.kept == 1  # the one that names its own
    assert [output["target"] for output in other.manifest["products"][0]["outputs"]] == ["master", "quick-look"]
    assert not (tmp_path / "ready" / "one" / "one.plain.glb").exists()


@pytest.mark.slow
def test_a_product_for_which_the_disk_is_too_small_costs_itself_alone(undisturbed, tmp_path):
    made, done = undisturbed
    sizes = {product["sku"]: max(product["files"].values()) for product in done.manifest["products"] if "files" in product}
    limit = sorted(sizes.values())[len(sizes) // 2]
    command = [sys.executable, "-m", "arviz", "batch", str(made.path), "-o", str(tmp_path / "ready"), "--jobs", "2", "--json"]
    limited = f"import resource, signal; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    limited += "; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    starting = [sys.executable, "-c", f"{limited}; import os; os.execv({sys.executable!r}, {command!r})"]
    ran = subprocess.run(starting, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SOON_S)
    assert ran.returncode == 7, ran.stderr
    states = {product["sku"]: product["state"] for product in json.loads(ran.stdout)["products"]}
    refused = {sku for sku, size in sizes.items() if size > limit}
    assert {sku for sku in sizes if states[sku] == "error"} == refused
    assert content(batch(made.path, out=tmp_path / "ready", engine="local:2", resume=True).folder) == content(done.folder)


@pytest.mark.slow
def test_a_cluster_makes_the_same(undisturbed, tmp_path):
    made, done = undisturbed
    with cluster(tmp_path) as (address, workers):
        killed_one = []

        def told(step):
            if step.done > 6 and not killed_one:
                killed_one.append(workers[0].pid)
                for child in psutil.Process(workers[0].pid).children(recursive=True):
                    child.kill()  # its nanny starts another

        again = batch(made.path, out=tmp_path / "ready", engine=address, progress=told)
    assert content(again.folder) == content(done.folder)


def test_a_folder_is_not_taken_twice_nor_unasked(undisturbed):
    made, done = undisturbed
    with pytest.raises(InputError, match="made here before"):
        batch(made.path, out=done.folder)
