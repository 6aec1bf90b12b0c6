"""A proxy on this machine that cuts connections, after as many bytes of requests as it is told."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from urllib.parse import urlsplit


class CuttingProxy:
    """Hands bytes on to a service; each number in `cuts` ends a connection once so many more bytes of requests have passed.

    With `lose` set the next answer is kept back, and its connection ends. The header `strip` is taken out of answers.
    """

    def __init__(self, url, *, cuts=(), strip=""):
        self._to = (urlsplit(url).hostname, urlsplit(url).port)
        self._left = list(cuts)
        self._strip = re.compile(rb"(?i)\r\n%s:[^\r]*" % strip.encode()) if strip else None
        self._lock = threading.Lock()
        self.lose = False
        self.cut = 0
        self.passed = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listening.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._to)
                threading.Thread(target=self._requests, args=(near, far), daemon=True).start()
                threading.Thread(target=self._answers, args=(far, near), daemon=True).start()

    def _requests(self, near, far):
        with contextlib.suppress(OSError):
            while piece := near.recv(65536):
                with self._lock:
                    most = self._left[0] if self._left else None
                    now = len(piece) if most is None else min(most, len(piece))
                    if most is not None:
                        self._left[0] -= now
                        if self._left[0] <= 0:
                            self._left.pop(0)
                    self.passed += now
                far.sendall(piece[:now])
                if most is not None and now == most:
                    self.cut += 1
                    break
        _end(near, far)

    def _answers(self, far, near):
        with contextlib.suppress(OSError):
            while piece := far.recv(65536):
                if self.lose:
                    self.lose = False
                    self.cut += 1
                    break
                near.sendall(self._strip.sub(b"", piece) if self._strip else piece)
        _end(near, far)


def _end(*sockets):
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
