"""The table of system calls against the kernel's own headers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arviz.jobs.sandbox import seccomp

X86_64 = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
AARCH64 = Path("/usr/include/asm-generic/unistd.h")
_NUMBER = re.compile(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\s*$", re.MULTILINE)
CLOSER = {
    "kill": seccomp._KILL,
    "tgkill": seccomp._TGKILL,
    "prlimit64": seccomp._PRLIMIT,
    "clone": seccomp._CLONE,
    "clone3": seccomp._CLONE3,
}


@pytest.mark.parametrize(("header", "column"), [(X86_64, 0), (AARCH64, 1)], ids=["x86_64", "aarch64"])
def test_numbers_are_the_kernels(header, column):
    if not header.exists():
        pytest.skip(f"no {header}: install linux-libc-dev")
    known = {name: int(number) for name, number in _NUMBER.findall(header.read_text())}
    newer = {"memfd_secret"} - known.keys()  # of a kernel younger than the header
    table = {name: numbers[column] for name, numbers in (seccomp._REFUSED | CLOSER).items() if name not in newer}
    assert table == {name: known.get(name) for name in table}
