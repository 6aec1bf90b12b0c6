"""What the tests have a contained child do, harmless and not."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path


def name(function):
    """Return what a sandbox calls one of these functions."""
    return f"{__name__}:{function.__name__}"


def nothing(inputs, options, out, progress):
    return {}


def echo(inputs, options, out, progress):
    for place, source in inputs.items():
        target = out / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    progress(0.5, "half")
    return {"options": options, "inputs": [str(path) for path in inputs.values()], "folder": os.getcwd()}


def convert(inputs, options, out, progress):
    """As the job of that name does."""
    from arviz.flows.convert import convert as flow

    source = inputs[options.pop("file", next(iter(inputs)))]
    done = flow(source, out=out, **options)
    return {"ok": done.ok, "findings": done.report["findings"], "files": sorted(done.files)}


def judge(inputs, options, out, progress):
    """Run commands on one file, as the tests of hostile files do."""
    from tests.hostile.manifest import ended

    return {command: ended(command, inputs[options["file"]], out=out) for command in options["commands"]}


def outcomes(attempts):
    """Try each and return "done", or what it was refused by."""
    told = {}
    for what, attempt in attempts.items():
        try:
            attempt()
            told[what] = "done"
        except Exception as error:
            told[what] = type(error).__name__
    return told


def reach_files(inputs, options, out, progress):
    """Touch what does not belong to this run: `elsewhere` is another run's folder, `outside` a file of the parent."""
    outside, elsewhere = Path(options["outside"]), Path(options["elsewhere"])
    attempts = {
        "own": lambda: (out / "own").write_text("x"),
        "scratch": lambda: (Path(os.environ["TMPDIR"]) / "x").write_text("x"),
        "move": lambda: ((out.parent / "tmp" / "m").write_text("x"), os.replace(out.parent / "tmp" / "m", out / "m")),
        "system": lambda: next(Path(sys.base_prefix, "lib").iterdir()),
    }
    for path in (
        Path("/etc/passwd"),
        Path("/etc/shadow"),
        Path("/proc/1/cmdline"),
        Path("/proc/1/environ"),
        outside,
        elsewhere / "in" / "a",
    ):
        attempts[f"read {path.name}"] = lambda path=path: path.read_bytes()
    for path in (Path("/"), Path("/proc"), Path.cwd().parent, outside.parent, elsewhere, elsewhere / "out"):
        attempts[f"list {path}"] = lambda path=path: os.listdir(path)
    for folder in (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/usr"), Path.cwd(), out.parent / "in", elsewhere / "out"):
        attempts[f"write {folder}"] = lambda folder=folder: (folder / "written").write_bytes(b"x")
    attempts |= {
        "append": lambda: outside.open("ab").write(b"x"),
        "truncate": lambda: os.truncate(outside, 0),
        "truncate input": lambda: os.truncate(out.parent / "in" / "a", 0),
        "chmod": lambda: os.chmod(out / "own", 0o777),
        "chmod outside": lambda: os.chmod(outside, 0o777),
        "utime outside": lambda: os.utime(outside),
        "chroot": lambda: os.chroot(out),
        "link": lambda: os.link(out.parent / "in" / "a", out / "linked"),
        "symlink": lambda: os.symlink("/etc/passwd", out / "symlink"),
        "fifo": lambda: os.mkfifo(out / "fifo"),
        "device": lambda: os.mknod(out / "device", 0o020666, os.makedev(1, 5)),
        "stat elsewhere": elsewhere.stat,
        "memory file": lambda: os.memfd_create("x"),
    }
    return outcomes(attempts)


def reach_network(inputs, options, out, progress):
    """Speak to what really listens: TCP, UDP, a path and an abstract name of this machine."""

    def by(family, kind, address):
        with socket.socket(family, kind) as made:
            made.settimeout(2)
            made.connect(address)
            made.send(b"x")

    return outcomes(
        {
            "tcp": lambda: by(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", options["tcp"])),
            "udp": lambda: by(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", options["udp"])),
            "tcp 6": lambda: by(socket.AF_INET6, socket.SOCK_STREAM, ("::1", options["tcp"])),
            "dns": lambda: socket.getaddrinfo("localhost.example", 80),
            "bind": lambda: socket.create_server(("127.0.0.1", 0)),
            "path": lambda: by(socket.AF_UNIX, socket.SOCK_STREAM, options["path"]),
            "abstract": lambda: by(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + options["abstract"]),
            "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
            "packet": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
            "vsock": lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM),
        }
    )


def reach_processes(inputs, options, out, progress):
    """Make processes, and reach for others: `pids` are the parent's, and whoever else is there."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(function, *arguments):
        if getattr(libc, function)(*arguments) < 0:
            raise OSError(ctypes.get_errno(), function)

    attempts = {
        "fork": os.fork,
        "spawn": lambda: subprocess.run(["true"], check=True),
        "exec": lambda: os.execv("/bin/true", ["true"]),
        "namespace": lambda: call("unshare", 0x10000000),
        "mount": lambda: call("mount", b"none", str(out).encode(), b"tmpfs", 0, None),
        "keyctl": lambda: call("syscall", 250, 0, 0),
        "bpf": lambda: call("syscall", 321, 0, 0, 0),
        "ring": lambda: call("syscall", 425, 1, 0),
        "thread": lambda: threading.Thread(target=int).start(),
        "signal to itself": lambda: os.kill(os.getpid(), 0),
        "group": lambda: os.kill(0, 0),
    }
    for pid in (os.getppid(), 1, *options["pids"]):
        attempts[f"signal {pid}"] = lambda pid=pid: os.kill(pid, signal.SIGTERM)
        attempts[f"trace {pid}"] = lambda pid=pid: call("ptrace", 16, pid, None, None)
        attempts[f"limit {pid}"] = lambda pid=pid: call("prlimit", pid, 0, (ctypes.c_uint64 * 2)(1, 1), None)
        attempts[f"memory {pid}"] = lambda pid=pid: Path(f"/proc/{pid}/mem").read_bytes()
        attempts[f"environment {pid}"] = lambda pid=pid: Path(f"/proc/{pid}/environ").read_bytes()
    return outcomes(attempts)


def look_around(inputs, options, out, progress):
    """Tell what a child has: variables, descriptors, capabilities, limits, threads."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "environment": dict(os.environ),
        "initial": Path("/proc/self/environ").read_bytes().decode().split("\0"),
        "descriptors": {
            fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{fd}")
        },
        "status": {name: value.strip() for name, value in status.items()},
        "command": Path("/proc/self/cmdline").read_bytes().decode().split("\0"),
        "user": os.getuid(),
        "modules": sorted(name for name in sys.modules if "." not in name),
    }


def threads(inputs, options, out, progress):
    """Start threads until no more can be."""
    stop = threading.Event()
    started = 0
    threading.stack_size(64 * 1024)
    try:
        while started < options["most"]:
            threading.Thread(target=stop.wait, daemon=True).start()
            started += 1
    except RuntimeError:
        pass
    return {"threads": started}


def hog(inputs, options, out, progress):
    held = []
    while True:
        held.append(bytes(64 * 2**20))  # pages that nobody writes to cost no processor time, which is bounded too


def hog_natively(inputs, options, out, progress):
    """Ask C++ for memory until it ends the process."""
    new = ctypes.CDLL("libstdc++.so.6")["_Znwm"]
    new.restype, new.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    while new(64 * 2**20):
        pass


def hog_shared(inputs, options, out, progress):
    held = []
    while True:
        held.append(mmap.mmap(-1, 256 * 2**20))


def spin(inputs, options, out, progress):
    if options.get("deaf"):
        for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    progress(0.1, "spins")
    while True:
        pass


def sleep(inputs, options, out, progress):
    progress(0.1, "sleeps")
    time.sleep(options["seconds"])
    return {}


def crash(inputs, options, out, progress):
    ctypes.string_at(0)


def abort(inputs, options, out, progress):
    os.abort()


def signals(inputs, options, out, progress):
    os.kill(os.getpid(), options["number"])
    time.sleep(60)


def leave(inputs, options, out, progress):
    os._exit(options["status"])


def raises(inputs, options, out, progress):
    from arviz.core import errors

    if options["kind"] == "python":
        raise ValueError("a secret of the file")
    raise getattr(errors, options["kind"])("E_TEST", "it is so", where=inputs["a"], expected="1", found=2, hint="Do it.")


def talk():
    """Return the descriptor by which a child answers: a socket that it did not make."""
    return next(fd for fd in range(3, 100) if os.path.lexists(f"/proc/self/fd/{fd}") and "socket" in os.readlink(f"/proc/self/fd/{fd}"))


def says(inputs, options, out, progress):
    """Answer past the proper way, then end."""
    fd = talk()
    texts = {
        "not json": b"hello\n",
        "nan": b'{"result": {"a": NaN}}\n',
        "deep": b'{"result": {"a": ' + b"[" * 10000 + b"]" * 10000 + b"}}\n",
        "list": b"[1]\n",
        "twice": b'{"result": {}}\n{"result": {}}\n',
        "other": b'{"hello": {}}\n',
        "no line": b'{"result": {}}',
        "bad progress": b'{"progress": 7, "stage": "x"}\n',
        "bad stage": json.dumps({"progress": 0.5, "stage": "x\x1b[2J"}).encode() + b"\n",
        "bad error": b'{"error": {"kind": "ArvizError", "code": "../x", "what": "x"}}\n',
        "bad kind": b'{"error": {"kind": "Any", "code": "E_X", "what": "x"}}\n',
        "pickle": b"\x80\x04\x95\n",
    }
    if options["what"] == "gigabyte":
        for _ in range(1024):
            os.write(fd, b'{"result": "' + b"x" * 2**20)
    elif options["what"] == "flood":
        while True:
            os.write(fd, b'{"progress": 0.5, "stage": "x"}\n' * 1000)
    elif options["what"] == "silent":
        os.closerange(3, 100)
        time.sleep(60)
    else:
        os.write(fd, texts[options["what"]])
    os._exit(0)


def returns(inputs, options, out, progress):
    """Return what is no JSON, or too deep."""
    deep = {}
    for _ in range(500):
        deep = {"a": deep}
    return {"deep": deep, "nan": {"a": float("nan")}, "bytes": {"a": b"x"}}[options["what"]]


def fills(inputs, options, out, progress):
    if options["what"] == "sparse":
        with open(out / "sparse", "wb") as file:
            file.truncate(3 * 2**30)
    elif options["what"] == "many sparse":
        for number in range(10):
            with open(out / f"sparse{number}", "wb") as file:
                file.truncate(2**30)
    elif options["what"] == "files":
        for number in range(100_000):
            (out / f"{number}").touch()
    elif options["what"] == "deep":
        os.chdir(out)
        for _ in range(1100):
            os.mkdir("deeper")
            os.chdir("deeper")
    elif options["what"] == "hidden":
        os.mkdir(out / "hidden", 0o300)
        (out / "hidden" / "x").write_text("x")
    elif options["what"] == "scratch":
        for number in range(10):
            with open(out.parent / "tmp" / f"{number}", "wb") as file:
                file.truncate(2**30)
        time.sleep(60)
    elif options["what"] == "name":
        (out / "a\nb").touch()
    return {}


def trace(inputs, options, out, progress):
    """Import the ray tracer, which is tried in a child first where that is possible; tell how many answers the cache has."""
    from arviz.core.resources import cache_folder
    from arviz.render.embree import load

    return {"rays": load().__name__, "answers": len(list(cache_folder("probes").iterdir()))}


def fresh(inputs, options, out, progress):
    """Convert, and name the packages that are imported by that: ours and the standard library aside."""
    before = set(sys.modules)
    convert(inputs, options, out, progress)
    packages = {name.partition(".")[0] for name in set(sys.modules) - before}
    return {"packages": sorted(packages - set(sys.stdlib_module_names) - {"arviz"})}
