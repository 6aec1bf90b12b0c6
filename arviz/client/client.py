"""A render service, from Python."""

from __future__ import annotations

import json
import math
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

from arviz.client import upload as uploads
from arviz.client.connection import Connection, place_of
from arviz.client.records import Batch, Job
from arviz.core.errors import ConflictError, InputError, LimitError

_LONG_POLL_S = 20
_PROGRESS_S = 2
"""How often progress is asked for: a thirtieth of what one key may ask by default."""
_PAGE = 1000

Input = str | bytes | os.PathLike[str]
Progress = Callable[[str, float], object]


def _nobody(_stage: str, _share: float) -> None:
    """Tell nobody."""


class Client:
    """A service and a key for it. For one thread; closed by ``with`` or `close`.

    What a service refuses, and what it cannot do, is raised as the same error, with the same code and words, as if the work had been
    done here: see `arviz.core.errors`. Requests that were cut, and what the service is too busy for, are repeated where that does no
    harm.

    Parameters
    ----------
    url : str
        ``https://host``, ``http://127.0.0.1:8080``, ``https://host/path`` behind a proxy. Certificates are checked.
    key : str
        What ``arviz keys create`` has shown. It is sent to this address only.
    timeout_s : float
        Longest silence of the service.

    Raises
    ------
    InputError
        ``E_SERVICE_URL``, ``E_KEY_FORM``

    Examples
    --------
    >>> with Client("http://127.0.0.1:8080", "av_...") as client:  # doctest: +SKIP
    ...     job = client.run("convert", {"source": Path("sofa.obj")}, {"size": "218x102x79cm"})
    ...     asset = client.asset(job.result["asset"])
    ...     Path("sofa.glb").write_bytes(client.download(asset["links"]["glb"]))
    """

    def __init__(self, url: str, key: str, *, timeout_s: float = 60.0) -> None:
        if not (key.isascii() and key.isprintable() and key) or " " in key:
            raise InputError("E_KEY_FORM", "this is no key", expected="av_...", hint="`arviz keys create NAME` makes one.")
        self.url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._connection = Connection(place_of(url), headers={"Authorization": f"Bearer {key}", "User-Agent": "arviz"}, timeout_s=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def upload(self, data: Input, *, name: str | None = None, progress: Progress = _nobody) -> str:
        """Send a file and return its source, ``sha256:...``.

        Larger files go in parts; where a connection is cut, the part is taken up where it ended.

        Parameters
        ----------
        data : path or bytes
        name : str, optional
            What the file is called, told with what is made of it; default: its name on disk.
        progress : callable, optional
            Called with ``"uploading"`` and 0 to 1.

        Raises
        ------
        InputError
            ``E_FILE_MISSING``, ``E_FILE_KIND``, ``E_FILE_UNREADABLE``, ``E_FILE_CHANGED``
        ArvizError
            What the service says; ``E_SERVICE_UNREACHABLE``, ``E_SERVICE_CUT``, ``E_SERVICE_ANSWER``.
        """
        called = name if name is not None else "" if isinstance(data, bytes) else Path(data).name
        return uploads.upload(self._connection, data, name=called, progress=progress)

    def start(
        self,
        kind: str,
        inputs: Mapping[str, Input],
        options: Mapping[str, Any] | None = None,
        *,
        priority: int = 0,
        webhook: str | None = None,
        key: str | None = None,
        progress: Progress = _nobody,
    ) -> Job:
        """Start a job.

        Parameters
        ----------
        kind : str
            ``convert``, ``check``, ``render``, ``turntable``, ``room``, ``place``.
        inputs : mapping
            Name -> a source (``sha256:...``) or an asset, as text; a path (`pathlib.Path`) or bytes are uploaded first.
        options : mapping, optional
            As the service's ``/openapi.json`` describes them for the kind.
        priority : int
            -10 to 10; larger ones go first.
        webhook : str, optional
            An address that is told when the job has ended.
        key : str, optional
            The same key gives the same job, however often it is started; default: one that is used for this call alone.
        progress : callable, optional
            As for `upload`.

        Raises
        ------
        ArvizError
            As `upload`.
        """
        asked = self._request(kind, inputs, options, priority=priority, webhook=webhook, progress=progress)
        return Job.of(self._post("/v1/jobs", asked, key=key))

    def job(self, job: Job | str) -> Job:
        """Return a job as it is now."""
        return Job.of(self._get(_job_path(job)))

    def jobs(self, *, state: str | None = None) -> Iterator[Job]:
        """Yield the jobs of this key."""
        chosen = "" if state is None else f"&state={quote(state, safe='')}"
        after = ""
        while page := self._get(f"/v1/jobs?limit={_PAGE}{chosen}{after}")["jobs"]:
            yield from map(Job.of, page)
            after = f"&after={page[-1]['id']}"

    def wait(self, job: Job | str, *, timeout_s: float | None = None, progress: Progress = _nobody) -> Job:
        """Return a job once it has ended, however it has.

        Parameters
        ----------
        timeout_s : float, optional
            Longest wait; the job goes on after it. Default: as long as it takes.
        progress : callable, optional
            Called every two seconds with what is being done and 0 to 1.

        Raises
        ------
        LimitError
            ``E_WAIT``: it has not ended in time.
        ArvizError
            As `upload`.
        """
        end_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        step_s = min(_LONG_POLL_S if progress is _nobody else _PROGRESS_S, max(1, int(self._timeout_s) - 1))
        while True:
            left_s = end_s - time.monotonic()
            headers = {"Prefer": f"wait={max(1, math.ceil(min(step_s, left_s)))}"} if left_s > 0 else {}
            found = Job.of(self._get(_job_path(job), headers=headers))
            if found.ended:
                return found
            progress(found.stage or found.state, found.progress)
            if not headers:
                raise LimitError(
                    "E_WAIT", "the job has not ended in time", where=found.id, expected=f"{timeout_s:g} s", hint="It goes on; ask later."
                )

    def run(
        self,
        kind: str,
        inputs: Mapping[str, Input],
        options: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        progress: Progress = _nobody,
    ) -> Job:
        """Start a job, wait for it, and return it if it is done; parameters as of `start` and `wait`.

        Raises
        ------
        ArvizError
            What made the job fail, as `start` and `wait`; ``E_JOB_CANCELLED``.
        """
        done = self.wait(self.start(kind, inputs, options, progress=progress), timeout_s=timeout_s, progress=progress)
        if done.state == "failed" and done.error is not None:
            raise done.error
        if done.state == "cancelled":
            raise ConflictError("E_JOB_CANCELLED", "the job was stopped by somebody", where=done.id)
        return done

    def cancel(self, job: Job | str) -> Job:
        """Stop a job that has not ended.

        Raises
        ------
        ConflictError
            ``E_JOB_ENDED``
        """
        return Job.of(self._post(f"{_job_path(job)}/cancel"))

    def file(self, job: Job | str, name: str) -> bytes:
        """Return a file that a job made: one of `Job.files`."""
        return self._connection.ask("GET", f"{_job_path(job)}/files/{quote(name, safe='')}").body

    def assets(self) -> Iterator[str]:
        """Yield the ids of all assets, in the order of the alphabet."""
        after = ""
        while page := self._get(f"/v1/assets?limit={_PAGE}&after={after}")["assets"]:
            yield from page
            after = page[-1]

    def asset(self, asset: str) -> dict[str, Any]:
        """Return what is known of an asset: ``size_mm``, ``variants``, ``anchors``, ``report``, and signed ``links`` for pages."""
        return self._get(f"/v1/assets/{quote(asset, safe='')}")

    def delete_asset(self, asset: str) -> None:
        """Forget an asset; its links end."""
        self._connection.ask("DELETE", f"/v1/assets/{quote(asset, safe='')}")

    def download(self, link: str) -> bytes:
        """Return what a signed link leads to, once it is drawn. No key is sent with it.

        Raises
        ------
        InputError
            ``E_SERVICE_URL``
        ArvizError
            As `upload`.
        """
        parts = urlsplit(link)
        place = place_of(f"{parts.scheme}://{parts.netloc}")
        connection = Connection(place, headers={"User-Agent": "arviz"}, timeout_s=self._timeout_s)
        try:
            return connection.ask("GET", quote(parts.path, safe="/%=,:;@!$&'()*+~")).body
        finally:
            connection.close()

    def batch(self, jobs: Sequence[Mapping[str, Any]], *, key: str | None = None, progress: Progress = _nobody) -> Batch:
        """Start up to 1,000 jobs at once.

        Parameters
        ----------
        jobs : sequence of mappings
            ``kind``, ``inputs``, ``options``, ``priority``, ``webhook``, as for `start`.
        key : str, optional
            As for `start`.
        """
        return Batch(**self._post("/v1/batches", {"jobs": [self._request(**job, progress=progress) for job in jobs]}, key=key))

    def wait_batch(self, batch: Batch, *, timeout_s: float | None = None, progress: Progress = _nobody) -> Batch:
        """Return a batch once all its jobs have ended; as `wait`."""
        end_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while not (found := Batch(**self._get(f"/v1/batches/{quote(batch.id, safe='')}"))).ended:
            left = found.counts.get("queued", 0) + found.counts.get("running", 0)
            progress("working", 1.0 - left / found.jobs)
            if time.monotonic() >= end_s:
                raise LimitError("E_WAIT", "the batch has not ended in time", where=found.id, expected=f"{timeout_s:g} s")
            time.sleep(min(_PROGRESS_S, max(0.0, end_s - time.monotonic())))
        return found

    def manifest(self, batch: Batch) -> list[dict[str, Any]]:
        """Return what came of each job of a batch: ``kind``, ``inputs``, ``options``, ``state``, ``result``, ``error``."""
        answer = self._connection.ask("GET", f"/v1/batches/{quote(batch.id, safe='')}/manifest.jsonl")
        return [json.loads(line) for line in answer.body.splitlines()]

    def retry_batch(self, batch: Batch) -> Batch:
        """Put jobs of a batch that failed or were cancelled into the queue again."""
        return Batch(**self._post(f"/v1/batches/{quote(batch.id, safe='')}/retry"))

    def cancel_batch(self, batch: Batch) -> Batch:
        """Stop all jobs of a batch that have not ended."""
        return Batch(**self._post(f"/v1/batches/{quote(batch.id, safe='')}/cancel"))

    def _request(
        self,
        kind: str,
        inputs: Mapping[str, Input],
        options: Mapping[str, Any] | None = None,
        *,
        priority: int = 0,
        webhook: str | None = None,
        progress: Progress,
    ) -> dict[str, Any]:
        known = {name: data if isinstance(data, str) else self.upload(data, progress=progress) for name, data in inputs.items()}
        asked: dict[str, Any] = {"kind": kind, "inputs": known, "options": dict(options or {}), "priority": priority}
        return asked if webhook is None else {**asked, "webhook": webhook}

    def _get(self, path: str, *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._connection.ask("GET", path, headers=headers).json()

    def _post(self, path: str, asked: Mapping[str, Any] | None = None, *, key: str | None = None) -> dict[str, Any]:
        if asked is None:
            return self._connection.ask("POST", path, headers=_JSON).json()
        headers = {**_JSON, "Idempotency-Key": key or secrets.token_urlsafe(16)}  # what is sent again after a cut is begun once
        return self._connection.ask("POST", path, body=json.dumps(asked).encode(), headers=headers).json()


_JSON = {"Content-Type": "application/json"}


def _job_path(job: Job | str) -> str:
    return f"/v1/jobs/{quote(job if isinstance(job, str) else job.id, safe='')}"
