"""The measures of the benchmarks themselves, against known answers."""

import os
import subprocess
import sys

import numpy as np
import pytest

from arviz.core.image import Image
from arviz.render.environment import load_environment
from tests.bench.measure import Row
from tests.bench.peers.compare import light_ratio, over_white, silhouette_iou, ssim
from tests.bench.peers.probes import AXES, write_axes
from tests.bench.processes import cpu_of_tree, memory_of_tree, tree
from tests.bench.run import line, verdict


def square(left, *, value=128, alpha=255):
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[10:30, left : left + 20] = (value, value, value, alpha)
    return Image(pixels=pixels, alpha="straight")


def test_the_overlap_of_two_squares_is_their_common_area_over_the_whole():
    assert silhouette_iou(square(10), square(10)) == 1
    assert silhouette_iou(square(10), square(15)) == pytest.approx(15 / 25)
    assert silhouette_iou(square(10), square(10, alpha=100)) == 0


def test_a_picture_is_like_itself_and_unlike_its_negative():
    noise = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    assert ssim(noise, noise) == pytest.approx(1)
    assert ssim(noise, 1 - noise) < 0


def test_half_the_light_is_told_as_half():
    """sRGB 188 is half the light of 255."""
    assert light_ratio(square(10, value=188), square(10, value=255)) == pytest.approx(0.5, abs=0.01)
    assert over_white(square(10, value=0, alpha=0)).min() == 1


def test_an_environment_comes_back_as_it_was_written(tmp_path):
    pixels = load_environment(write_axes(tmp_path / "axes.hdr", height_px=64)).pixels
    middle = 32
    for name, column in (("+X", 64), ("+Z", 96), ("-Z", 32), ("-X", 0)):  # u is atan2(z, x) = 2 pi (u - 1/2)
        np.testing.assert_allclose(pixels[middle, column], AXES[name], atol=0.005)
    np.testing.assert_allclose(pixels[0, 0], AXES["+Y"], atol=0.005)


def test_a_tree_holds_children_and_their_time():
    work = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = sum(range(6_000_000)); print(x)']); print('done'); input()"
    process = subprocess.Popen([sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert [process.stdout.readline() for _ in range(2)][1] == "done\n"
    assert process.pid in tree(os.getpid())
    assert cpu_of_tree(process.pid) >= 0.03
    held = memory_of_tree(process.pid)
    assert 1 < held.pss_mb <= held.rss_mb
    process.communicate("\n")


def test_a_row_says_its_unit_and_whether_its_bar_is_met():
    assert verdict(Row("x", 1.0, 3.0, 0.3)) == "**missed**"
    assert line(Row("x", 1.0, 4.0, 0.3, "why", "MB")) == "| x | 1.0 MB | 4.0 MB | 0.25 | 0.30 | met | why |"
