"""What the service costs: pictures that were drawn before, pictures that were not, and memory over many requests."""

from __future__ import annotations

import contextlib
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from types import SimpleNamespace
from typing import NamedTuple

import httpx

from arviz.core.resources import resource
from arviz.service.addresses import signed_address
from arviz.service.settings import secret
from tests.bench.bench_render import DATA
from tests.bench.measure import Row, in_turn
from tests.bench.peers.model_viewer import ModelViewer
from tests.bench.processes import cpu_of_tree, memory_of_tree
from tests.service.conftest import picture, product, run_job, start, stop, upload

CONNECTIONS = 32
REQUESTS = 3000
WIDTH_PX = 256
NEW_SECONDS = 0.15
DEMO, KHRONOS = ("rug", "sofa", "lamp", "table-lamp", "coffee-table"), ("SheenChair", "DamagedHelmet", "Mixer", "GlamVelvetSofa")
PRODUCTS = [resource("assets", "products", name, f"{name}.glb") for name in DEMO]
PRODUCTS += [DATA / "products" / f"{name}.glb" for name in KHRONOS]
PLAIN = """
import sys
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse

app = FastAPI()


@app.get("/file")
def file():
    return FileResponse(sys.argv[1])


uvicorn.run(app, port=int(sys.argv[2]), http="httptools", access_log=False, log_level="warning")
"""


class Load(NamedTuple):
    """What a run of requests took: processor seconds of the server, and seconds by the clock of each request."""

    cpu_s: float
    elapsed_s: float
    each_s: list[float]

    def told(self) -> str:
        """Return requests a second, p50 and p99."""
        steps = quantiles(self.each_s, n=100)
        return f"{len(self.each_s) / self.elapsed_s:,.0f}/s, p50 {steps[49] * 1e3:.1f} ms, p99 {steps[98] * 1e3:.1f} ms"


def load(url: str, pid: int, *, headers: str = "", requests: int = REQUESTS) -> Load:
    """Ask for one address over 32 kept connections, the next request of each when its answer is whole; all answers are as long."""
    address = httpx.URL(url)
    asked = f"GET {address.raw_path.decode()} HTTP/1.1\r\nHost: {address.netloc.decode()}\r\n{headers}\r\n".encode()

    def connected() -> socket.socket:
        return socket.create_connection((address.host, address.port or 80))

    with connected() as one:
        one.sendall(asked)
        length = len(_answer(one))
    each: list[float] = []
    waiting: dict[socket.socket, tuple[float, int]] = {}
    with contextlib.ExitStack() as held, selectors.DefaultSelector() as ready:
        cpu_s, begun = cpu_of_tree(pid), time.perf_counter()
        for _ in range(CONNECTIONS):
            connection = held.enter_context(connected())
            ready.register(connection, selectors.EVENT_READ)
            connection.sendall(asked)
            waiting[connection] = (time.perf_counter(), length)
        sent = CONNECTIONS
        while len(each) < requests:
            for key, _ in ready.select():
                connection = key.fileobj  # type: ignore[assignment]
                at, left = waiting[connection]
                got = connection.recv(2**20)
                if not got:
                    raise ConnectionError(f"the service closed a connection while it answered {address.path}")
                left -= len(got)
                if left:
                    waiting[connection] = (at, left)
                    continue
                each.append(time.perf_counter() - at)
                if sent < requests:
                    sent += 1
                    connection.sendall(asked)
                    waiting[connection] = (time.perf_counter(), length)
        return Load(cpu_of_tree(pid) - cpu_s, time.perf_counter() - begun, each)


def _answer(connection: socket.socket) -> bytes:
    data = b""
    connection.settimeout(10.0)
    while b"\r\n\r\n" not in data:
        data += connection.recv(2**20)
    head = data.partition(b"\r\n\r\n")[0].lower()
    length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0) if head.split()[1] == b"200" else 0
    while len(data) < len(head) + 4 + length:
        data += connection.recv(2**20)
    return data


@contextlib.contextmanager
def served() -> Iterator[SimpleNamespace]:
    """Run a service with the demo chair in it; `service.signed` signs an address of its picture."""
    with tempfile.TemporaryDirectory() as folder:
        service = start(folder, "--workers", "1")
        try:
            job = run_job(service.client, "convert", {"source": upload(service.client, product("dining-chair"))})
            service.asset = job["result"]["asset"]
            service.glb = httpx.get(service.client.get(f"/v1/assets/{service.asset}").json()["links"]["glb"]).content
            service.signed = lambda options: (
                service.url + signed_address(f"/r/{options}/{service.asset}.webp", secret=secret(service.folder))
            )
            yield service
        finally:
            stop(service)


@contextlib.contextmanager
def plain(data: bytes) -> Iterator[SimpleNamespace]:
    """Run FastAPI with one route that answers a file, as its documentation shows."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        (Path(folder) / "picture.webp").write_bytes(data)
        process = subprocess.Popen([sys.executable, "-c", PLAIN, str(Path(folder) / "picture.webp"), str(port)])
        url = f"http://127.0.0.1:{port}/file"
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(url)
                break
            time.sleep(0.1)
        try:
            yield SimpleNamespace(url=url, pid=process.pid)
        finally:
            process.terminate()
            process.wait()


def bench_cached_picture() -> list[Row]:
    """Compare a picture that was drawn before, and its 304, with FastAPI's ``FileResponse`` of the same bytes: the server's processor time.

    32 connections, the same load for both, turn by turn. Twice as many requests a second of one process is half the processor time.
    """
    with served() as service:
        url = service.signed("w=256,h=256")
        drawn = picture(service.client, url)
        with plain(drawn.content) as reference:
            runs: dict[str, list[Load]] = {"ours": [], "304": [], "plain": []}

            def measured(name: str, url: str, pid: int, headers: str = "") -> Callable[[], float]:
                def run() -> float:
                    runs[name].append(load(url, pid, headers=headers))
                    return runs[name][-1].cpu_s / REQUESTS

                return run

            ours = measured("ours", url, service.process.pid)
            other = measured("plain", reference.url, reference.pid)
            unchanged = measured("304", url, service.process.pid, f"If-None-Match: {drawn.headers['etag']}\r\n")
            rows = []
            for name, mine, key, bar in (("a picture", ours, "ours", 0.5), ("its 304", unchanged, "304", 0.5)):
                cost, beside = in_turn(mine, other, rounds=5)
                best = {which: min(runs[which], key=lambda run: run.elapsed_s).told() for which in (key, "plain")}
                note = f"best run: {best[key]}; FastAPI {best['plain']}"
                rows.append(Row(f"{name} that was drawn before, against a FastAPI file route", cost * 1e3, beside * 1e3, bar, note, "ms"))
            return rows


class Timed:
    """Seconds by the clock, and processor seconds of all processes, by what was done."""

    def __init__(self) -> None:
        self.elapsed_s: dict[str, list[float]] = {}
        self.cpu_s: dict[str, list[float]] = {}

    def __call__(self, name: str, pid: int, work: Callable[[], object]) -> None:
        """Do some work of a process and its children."""
        before, begun = cpu_of_tree(pid), time.perf_counter()
        work()
        self.elapsed_s.setdefault(name, []).append(time.perf_counter() - begun)
        self.cpu_s.setdefault(name, []).append(cpu_of_tree(pid) - before)

    def rows(self, what: str, ours: str, page: str) -> list[Row]:
        """Return one row against the page and one against the time that a visitor waits."""
        mine, other = median(self.elapsed_s[ours]), median(self.elapsed_s[page])
        cpu = [1e3 * median(self.cpu_s[name]) for name in (ours, page)]
        note = f"processor time {cpu[0]:.0f} and {cpu[1]:.0f} ms: {cpu[0] / cpu[1]:.2f}; {len(self.elapsed_s[ours])} pictures"
        slowest = f"slowest {max(self.elapsed_s[ours]) * 1e3:.0f} ms"
        unit = "s elapsed"
        return [
            Row(f"{what} by HTTP, against a warm page", mine, other, 1 / 5, note, unit),
            Row("the same, against 150 ms", mine, NEW_SECONDS, 1.0, slowest, unit),
        ]


def bench_new_picture() -> list[Row]:
    """Compare 256 px pictures that nobody asked for before, by HTTP, with model-viewer's in a page that is open and has drawn others.

    *Another product*: a converted one of which nothing is loaded yet, in our process as in the page; both read a GLB, decode its
    textures, draw, and encode a WebP: the page the product's, ours the preview that its conversion left, with textures as fine as
    such pictures show and the shadow on the floor; the same pictures are drawn of both. This is what a service does that keeps a
    browser open in place of ours. *Another side* of a product that both have loaded: the page only draws a frame with all cores and
    encodes it; ours draws with one, and answers by HTTP. The page is asked in the fewest steps that give the right picture (see
    ``page.html``), with a shadow as we draw. *A browser for each* picture starts, loads and draws. Demo products and the shared
    Khronos ones, one after the other, turn by turn; seconds by the clock, as a client waits, medians; the notes have the processor
    time of all processes.
    """
    timed, angles = Timed(), iter(range(1, 360))
    with served() as service, tempfile.TemporaryDirectory() as folder:

        def converted(file: Path) -> tuple[str, Path]:
            job = run_job(service.client, "convert", {"source": upload(service.client, file.read_bytes())})
            asset = job["result"]["asset"]
            glb = Path(folder) / f"{asset}.glb"
            glb.write_bytes(httpx.get(service.client.get(f"/v1/assets/{asset}").json()["links"]["glb"]).content)
            return asset, glb

        def asked(asset: str, orbit: int) -> None:
            path = f"/r/w={WIDTH_PX},h={WIDTH_PX},orbit={orbit}_75/{asset}.webp"
            assert picture(service.client, signed_address(path, secret=secret(service.folder))).status_code == 200

        asked(service.asset, 0)
        products = [converted(file) for file in PRODUCTS if file.is_file()]
        with ModelViewer(width_px=WIDTH_PX, height_px=WIDTH_PX) as page:
            page.poster(products[0][1], shadow_intensity=1.0)
            for asset, glb in products[1:]:
                timed("ours, new", service.process.pid, lambda asset=asset: asked(asset, 0))
                timed("page, new", page.pid, lambda glb=glb: page.poster(glb, shadow_intensity=1.0))
                for _ in range(3):
                    angle = next(angles)
                    timed("ours, turned", service.process.pid, lambda asset=asset, angle=angle: asked(asset, angle))
                    timed("page, turned", page.pid, lambda angle=angle: page.turned(f"{angle}deg 75deg 105%"))

        def new_browser() -> float:
            begun = time.perf_counter()
            with ModelViewer(width_px=WIDTH_PX, height_px=WIDTH_PX) as page:
                page.poster(products[0][1], shadow_intensity=1.0)
                return time.perf_counter() - begun

        def again() -> float:
            begun = time.perf_counter()
            asked(service.asset, next(angles))
            return time.perf_counter() - begun

        cold = in_turn(again, new_browser, rounds=3)
    return [
        *timed.rows("A picture of another product", "ours, new", "page, new"),
        *timed.rows("A picture of a known product from another side", "ours, turned", "page, turned"),
        Row("A new picture by HTTP, against a browser for each", *cold, 1 / 50, unit="s elapsed"),
    ]


def bench_memory_of_requests() -> Row:
    """Compare what the service's process tree holds after 10,000 more requests with what it held after the first 2,000.

    Pictures drawn before, with and without their validator, assets, jobs and health.
    """
    with served() as service:
        url = service.signed("w=64,h=64")
        picture(service.client, url)
        pid = service.process.pid

        def asked(count: int) -> None:
            for _ in range(count // 1000):
                load(url, pid, requests=600)
                load(f"{service.url}/healthz", pid, requests=300)
                key = f"Authorization: Bearer {service.key}\r\n"
                load(f"{service.url}/embed/{service.asset}.json", pid, headers=key, requests=100)

        asked(2000)
        before = memory_of_tree(pid).rss_mb
        asked(10_000)
        return Row("Memory of the service after 10,000 requests, against before", memory_of_tree(pid).rss_mb, before, 1.02, unit="MB")
