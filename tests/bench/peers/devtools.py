"""A headless Chromium, driven through the DevTools protocol over two pipes (no websocket, no Node)."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio", "--no-first-run",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--force-device-scale-factor=1", "--force-color-profile=srgb",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
)  # fmt: skip
"""SwiftShader draws WebGL 2 on the processor; without the flag for it Chromium has refused since release 137."""


class BrowserError(Exception):
    """The page threw, or the browser ended."""


class Browser:
    """One page of a browser of its own, with an empty profile; close it by ``with``.

    Parameters
    ----------
    ready : str
        What must be true in the page before it is used.
    user_agent : str, optional
        What the browser says it is; with it the page is shown as on a phone.
    """

    def __init__(self, url: str, *, width_px: int, height_px: int, ready: str = "window.ready", user_agent: str | None = None) -> None:
        program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
        if program is None:
            raise BrowserError(f"no {' or '.join(PROGRAMS)} is installed")
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        their_in, self._out = os.pipe()
        self._in, their_out = os.pipe()
        command = [program, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={self._profile.name}"]
        command += [f"--window-size={width_px},{height_px}", "about:blank"]

        # Chromium reads commands from descriptor 3 and answers on 4. Not by dash: its descriptors have one digit.
        shell = [shutil.which("bash") or "/bin/sh", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out}', "sh", *command]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(shell, stdin=quiet, stdout=quiet, stderr=quiet, pass_fds=(their_in, their_out))
        os.close(their_in)
        os.close(their_out)
        self.pid = self._process.pid
        self._buffer, self._number, self._session = b"", 0, None
        self.requested: list[str] = []
        try:
            targets = self.call("Target.getTargets")["targetInfos"]
            page = next(target["targetId"] for target in targets if target["type"] == "page")
            self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
            mobile = user_agent is not None
            self.call("Emulation.setDeviceMetricsOverride", width=width_px, height=height_px, deviceScaleFactor=1, mobile=mobile)
            if user_agent is not None:
                self.call("Emulation.setUserAgentOverride", userAgent=user_agent)
            self.call("Network.enable")
            self.call("Page.enable")
            self.call("Page.navigate", url=url)
            self.wait_for(ready)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and return its result; the addresses of requests that were sent meanwhile are kept in `requested`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requested.append(answer["params"]["request"]["url"])
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error'].get('message')}")
                result: dict[str, Any] = answer["result"]
                return result

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, a promise's once it is kept."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details.get("text", "the page threw"))
        return result["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Return once an expression is true in the page."""
        self.evaluate(
            f"new Promise((done) => {{ const t = setInterval(() => {{ if ({expression}) {{ clearInterval(t); done() }} }}, 10) }})"
        )

    def screenshot(self, path: Path) -> None:
        """Write what is seen as a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """End the browser and remove its profile."""
        if self._process.poll() is None:
            try:
                self._session = None
                self.call("Browser.close")
            except (BrowserError, OSError):
                self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for descriptor in (self._in, self._out):
            with contextlib.suppress(OSError):  # closed twice
                os.close(descriptor)
        self._profile.cleanup()

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            more = os.read(self._in, 2**20)
            if not more:
                raise BrowserError("the browser has ended")
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer
