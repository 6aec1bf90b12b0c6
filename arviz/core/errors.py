"""The error tree: every failure a user can meet, with its exit code and HTTP status.

::

    ArvizError            code, hint; exit_code and http_status are class attributes   70 / 500
      InputError          FormatError, MeshError, ImageError, UnitError                 3 / 422
        NotFoundError     no asset, job or file has this name                           3 / 404
        ConflictError     somebody else changed it, or it is there already              3 / 409
      AccessError         the key may not do this, the signature is wrong               3 / 403
        CredentialsError  no key, or one that is not known                              3 / 401
      LimitError          too big, too deep, too slow                                   4 / 413
        BusyError         too many requests, a queue is full: the same later            4 / 429
      DependencyError     missing extra or model; hint = command to run                 5 / 501
      BackendError        GL, encoder, child process                                    6 / 500

Other exit codes: 0 fine, 1 the product failed its checks (files are written all the same),
2 usage, 7 partial batch, 70 a bug of ours, 130 interrupted.

Expected absence (no face, no plane) is ``None`` or empty, never an exception. Partial trouble goes
into a `arviz.core.report.Report`. Codes are stable and documented in ``docs/reference/errors.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


class ArvizError(Exception):
    """Say what went wrong, where, what was expected, what was found, and how to mend it.

    Parameters
    ----------
    code : str
        Stable identifier, ``E_`` and upper case, for example ``"E_TRUNCATED"``.
    what : str
        One sentence without a final full stop.
    where : object, optional
        File, and inside it the place (``"sofa.obj:12"``, ``"accessors[3]"``).
    expected, found : object, optional
        The two sides of the disagreement.
    hint : str, optional
        What the user can do about it, as an imperative sentence.
    """

    exit_code = 70
    http_status = 500

    def __init__(
        self,
        code: str,
        what: str,
        *,
        where: object = None,
        expected: object = None,
        found: object = None,
        hint: str | None = None,
    ) -> None:
        self.code = code
        self.what = what
        self.where = None if where is None else str(where)
        self.expected = None if expected is None else str(expected)
        self.found = None if found is None else str(found)
        self.hint = hint
        super().__init__(code, what)
        # Notes stand below the message wherever Python shows an exception; the command line shows the hint itself.
        if hint:
            self.add_note(hint)
        if any(text is not None and "--" in text for text in (self.expected, hint)):
            self.add_note("(--options are of the command line: in Python mostly arguments of the same name, --force is force=True.)")

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        sides = [f"expected {self.expected}" if self.expected else "", f"found {self.found}" if self.found else ""]
        sides = [side for side in sides if side]
        return f"{text} ({', '.join(sides)})" if sides else text

    def __reduce__(self) -> Any:
        # Exceptions cross process borders in jobs; keyword-only arguments need this.
        return _rebuild, (type(self), self.code, self.what, self.where, self.expected, self.found, self.hint)

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the caller's own lines and what the error says, not our insides (a hook of IPython)."""
        import traceback

        inside = ("arviz", "IPython")
        frames = traceback.walk_tb(self.__traceback__)
        own = ((frame, line) for frame, line in frames if frame.f_globals.get("__name__", "").partition(".")[0] not in inside)
        lines = traceback.StackSummary.extract(own).format()
        said = traceback.TracebackException(type(self), self, None).format_exception_only()
        return "".join([*lines, *said]).splitlines()

    def to_json(self) -> dict[str, str | None]:
        """Return the stable JSON form used by ``--json`` and by the service."""
        return {
            "code": self.code,
            "message": str(self),
            "where": self.where,
            "expected": self.expected,
            "found": self.found,
            "hint": self.hint,
        }


def _rebuild(
    kind: type[ArvizError],
    code: str,
    what: str,
    where: str | None,
    expected: str | None,
    found: str | None,
    hint: str | None,
) -> ArvizError:
    return kind(code, what, where=where, expected=expected, found=found, hint=hint)


def error_to_json(error: ArvizError) -> dict[str, str | None]:
    """Return an error as one process tells it to another: all that it says, and `kind`, the nearest class of this module."""
    kind = next(each.__name__ for each in type(error).__mro__ if globals().get(each.__name__) is each)
    return {"kind": kind, **{field: getattr(error, field) for field in ("code", *_TEXTS)}}


def error_from_json(told: Mapping[str, Any]) -> ArvizError:
    """Make the error of `error_to_json` again, from a process that is not believed.

    Raises
    ------
    ValueError
        This says no error.
    """
    kind, code = globals().get(str(told.get("kind"))), told.get("code")
    texts: dict[str, Any] = {field: told.get(field) for field in _TEXTS}
    if not (isinstance(kind, type) and issubclass(kind, ArvizError) and isinstance(code, str) and _CODE.fullmatch(code)):
        raise ValueError("this says no error")
    if not isinstance(texts["what"], str) or not all(text is None or isinstance(text, str) for text in texts.values()):
        raise ValueError("this says no error")
    return kind(code, **texts)


_TEXTS = ("what", "where", "expected", "found", "hint")
_CODE = re.compile(r"E_[A-Z0-9_]{1,60}")


class InputError(ArvizError):
    """The input cannot be used as it is."""

    exit_code = 3
    http_status = 422


class FormatError(InputError):
    """The bytes are not what their format demands."""


class MeshError(InputError):
    """The geometry is unusable: not finite, empty, inconsistent."""


class ImageError(InputError):
    """A picture cannot be decoded or has a form that we do not accept."""


class UnitError(InputError):
    """A length has no unit, or one that is not known."""


class NotFoundError(InputError):
    """Nothing has this name: an asset, a job, an upload."""

    http_status = 404


class ConflictError(InputError):
    """What is asked disagrees with what is there: an upload's offset, a key that was used for something else."""

    http_status = 409


class AccessError(ArvizError):
    """A key may not do this, or a signature does not fit."""

    exit_code = 3
    http_status = 403


class CredentialsError(AccessError):
    """A key is missing or not known."""

    http_status = 401


class LimitError(ArvizError):
    """The input is larger, deeper or slower than `arviz.core.limits.Limits` allows, or reaches outside its folder."""

    exit_code = 4
    http_status = 413


class BusyError(LimitError):
    """Too much is asked at once; the same may be asked again later."""

    http_status = 429
    retry_after_s = 5.0
    """When to ask again; who raises one that knows better sets it."""


class DependencyError(ArvizError):
    """An extra, a model or a system library is missing; the hint is the command to run."""

    exit_code = 5
    http_status = 501


class BackendError(ArvizError):
    """A driver, an encoder or a child process failed."""

    exit_code = 6
    http_status = 500
