"""A file on its way to a service: at once, or in parts that are taken up again where a connection was cut (tus 1.0.0)."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

from arviz.client.connection import MOST_CUTS, Answer, Connection, pause
from arviz.core.errors import BackendError, ConflictError, InputError
from arviz.core.regular_file import open_regular

AT_ONCE_BYTES = 64 * 2**20
"""What a service takes in one request."""
_PART_BYTES = 16 * 2**20
"""Of a part: what proxies let through, and little to lose where a proxy keeps parts back until they are whole."""
_PIECE_BYTES = 2**18
_TUS = {"Tus-Resumable": "1.0.0"}
Progress = Callable[[str, float], object]
_TAKEN_UP = ("E_SERVICE_CUT", "E_UPLOAD_BUSY", "E_UPLOAD_OFFSET")


def upload(connection: Connection, data: bytes | os.PathLike[str] | str, *, name: str, progress: Progress) -> str:
    """Send bytes, or the file at a path, and return their source. What arrives is what was read, by its hash.

    Raises
    ------
    InputError
        As `open_regular`; ``E_FILE_CHANGED``: while it was read.
    ArvizError
        As `Connection.ask`.
    """
    where = "the bytes" if isinstance(data, bytes) else Path(data).name
    with io.BytesIO(data) if isinstance(data, bytes) else open_regular(Path(data), where=where) as file:
        source = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
        file_bytes = file.seek(0, os.SEEK_END)
        sending = _Sending(file, file_bytes, where, progress)
        found = _at_once(connection, sending, name) if file_bytes <= AT_ONCE_BYTES else _in_parts(connection, sending, name, source)
    if found != source:
        raise sending.changed()
    return source


class _Sending:
    """A file of which pieces are given out, and how far it is."""

    def __init__(self, file: io.BufferedReader | io.BytesIO, length: int, where: str, progress: Progress) -> None:
        self.length = length
        self._file = file
        self._where = where
        self._progress = progress

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end`."""
        self._file.seek(start)
        while start < end:
            piece = self._file.read(min(_PIECE_BYTES, end - start))
            if not piece:
                raise self.changed()
            yield piece
            start += len(piece)
            self._progress("uploading", start / self.length)

    def changed(self) -> InputError:
        """Return the error of a file that became another one."""
        return InputError("E_FILE_CHANGED", "the file changed while it was uploaded", where=self._where, hint="Upload it again.")


def _at_once(connection: Connection, sending: _Sending, name: str) -> str:
    headers = {"Content-Length": str(sending.length), "Content-Type": "application/octet-stream"}
    answer = connection.ask(
        "PUT", f"/v1/sources?name={quote(name, safe='')}", body=partial(sending.pieces, 0, sending.length), headers=headers
    )
    return str(answer.json()["source"])


def _in_parts(connection: Connection, sending: _Sending, name: str, source: str) -> str:
    """Send parts until all is there, and return what the service made of them; after a cut it tells how much of the part is there.

    Where a proxy keeps back what it is called, that is `source`: nobody finds it under this name if other bytes arrived.
    """
    told = {"Upload-Length": str(sending.length), "Upload-Metadata": f"filename {base64.b64encode(name.encode()).decode()}"}
    # Sent twice after a cut it begins a second upload, which nobody goes on with: it ends after a day.
    location = _header(connection.ask("POST", "/v1/uploads", headers=_TUS | told), "location")
    at = cuts = 0
    while at < sending.length:
        end = min(at + _PART_BYTES, sending.length)
        headers = _TUS | {
            "Upload-Offset": str(at),
            "Content-Length": str(end - at),
            "Content-Type": "application/offset+octet-stream",
        }
        try:
            answer = connection.ask("PATCH", location, body=partial(sending.pieces, at, end), headers=headers, repeat=False)
        except (BackendError, ConflictError) as error:
            if error.code not in _TAKEN_UP or cuts == MOST_CUTS:
                raise
            pause(cuts + 1)
            answer = connection.ask("HEAD", location, headers=_TUS)
        there = _header(answer, "upload-offset")
        cuts = 0 if there.isdigit() and int(there) > at else cuts + 1
        if cuts > MOST_CUTS:
            raise _changed_on_the_way(f"more than {at:,} bytes", f"Upload-Offset: {there[:30]}")
        at = at if cuts else int(there)
    return answer.headers.get("arviz-source") or source


def _header(answer: Answer, name: str) -> str:
    if name not in answer.headers:
        raise _changed_on_the_way(f"a header {name}", "none")
    return answer.headers[name]


def _changed_on_the_way(expected: str, found: str) -> BackendError:
    hint = "Let the proxy before the service hand on all headers: docs/guide/deploy.md."
    return BackendError("E_SERVICE_ANSWER", "this is no answer of a render service", expected=expected, found=found, hint=hint)
