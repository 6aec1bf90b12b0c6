"""A container's share of the processors bounds how many are used."""

from __future__ import annotations

import os

import pytest

from arviz.core.processors import usable_processors

MACHINE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.fixture
def tree(tmp_path):
    """Return a function that writes a file system in which this process is in a group."""

    def write(cgroup, **files):
        told = {"proc/self/cgroup": cgroup, **{f"sys/fs/cgroup/{name}": text for name, text in files.items()}}
        for name, text in told.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("cgroup", "files", "processors"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "20000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "100000 100000\n"}, 1),
        ("0::/docker/1\n", {"cpu.max": "100000 100000\n"}, 1),  # the container sees its own group as the outermost
        ("0::/../1\n", {"cpu.max": "100000 100000\n"}, 1),
        (
            "5:memory:/m\n4:cpu,cpuacct:/docker/1\n0::/\n",
            {"cpu/docker/1/cpu.cfs_quota_us": "50000\n", "cpu/docker/1/cpu.cfs_period_us": "50000\n"},
            1,
        ),
        ("4:cpu,cpuacct:/docker/1\n", {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
    ],
)
def test_a_share_bounds(tree, cgroup, files, processors):
    assert usable_processors(tree(cgroup, **files)) == min(processors, MACHINE)


@pytest.mark.parametrize(
    ("cgroup", "files"),
    [
        ("0::/\n", {"cpu.max": "max 100000\n"}),
        ("0::/\n", {"cpu.max": "99999999 100000\n"}),
        ("0::/\n", {"cpu.max": "words"}),
        ("0::/\n", {"cpu.max": "100000 0\n"}),
        ("0::/\n", {}),
        ("4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}),
        ("4:cpuset:/\n", {"cpuset/cpu.cfs_quota_us": "100000\n", "cpuset/cpu.cfs_period_us": "100000\n"}),
        ("nothing that we know", {}),
    ],
)
def test_without_a_bound_all_are_used(tree, cgroup, files):
    assert usable_processors(tree(cgroup, **files)) == MACHINE


def test_a_system_without_control_groups(tmp_path):
    assert usable_processors(tmp_path) == MACHINE
