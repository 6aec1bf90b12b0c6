"""What the service counts, for Prometheus. No name, address or picture of anybody is in it."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from arviz.service.problems import App, Receive, Scope, Send


class Metrics:
    """The numbers of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("arviz_requests", "Answers", ["door", "status"], registry=self.registry)
        self.seconds = Histogram("arviz_request_seconds", "Time to an answer's first byte", ["door"], registry=self.registry)
        self.pictures = Counter("arviz_pictures", "Pictures by where they came from", ["from"], registry=self.registry)
        self.draw_seconds = Histogram("arviz_draw_seconds", "Time to draw a picture, waiting included", registry=self.registry)
        self.jobs = Gauge("arviz_jobs", "Jobs in the table", ["state"], registry=self.registry)


class CountRequests:
    """ASGI middleware that counts answers by their door: the first word of the path, or ``v1/<word>``."""

    def __init__(self, app: App, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, door = time.monotonic(), _door(scope["path"])

        async def counting(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(door, message["status"]).inc()
                self._metrics.seconds.labels(door).observe(time.monotonic() - begun)
            await send(message)

        await self._app(scope, receive, counting)  # type: ignore[arg-type]


_DOORS = frozenset({"r", "a", "embed", "web", "healthz", "readyz", "metrics", "docs", "openapi.json", ""})
_API = frozenset({"sources", "uploads", "assets", "jobs", "batches", "tryon", "sign"})


def _door(path: str) -> str:
    first, _, rest = path.removeprefix("/").partition("/")
    if first == "v1":
        second = rest.partition("/")[0]
        return f"v1/{second}" if second in _API else "other"
    return first if first in _DOORS else "other"  # strangers' words must not become series
