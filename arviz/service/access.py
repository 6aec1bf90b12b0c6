"""Who asks: the dependency that every handler of the API begins with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from arviz.core.errors import AccessError, CredentialsError, InputError
from arviz.service.keys import Key
from arviz.service.parts import Open

_HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_bearer = HTTPBearer(auto_error=False, bearerFormat="av_<id>_<secret>", description="A key of `arviz keys create`.")


def allowed(scope: str) -> Callable[..., Key]:
    """Return the dependency that lets keys with a scope through, counts the request, and gives the key."""

    def check(
        response: Response,
        parts: Open,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Key:
        if given is None:
            raise CredentialsError(
                "E_KEY_MISSING", "a key is needed", expected="Authorization: Bearer av_...", hint="`arviz keys create NAME` makes one."
            )
        key = parts.keys.find(given.credentials)
        response.headers.update({"Cache-Control": "no-store", **parts.rates.take(key.id)})
        if not key.may(scope):
            raise AccessError("E_SCOPE_MISSING", "this key may not do this", expected=scope, found=", ".join(key.scopes))
        return key

    return check


Reader = Annotated[Key, Depends(allowed("read"))]
Uploader = Annotated[Key, Depends(allowed("upload"))]
Worker = Annotated[Key, Depends(allowed("jobs"))]
Mirror = Annotated[Key, Depends(allowed("tryon"))]


def base_url(request: Request, parts: Open) -> str:
    """Return what stands before the paths that an answer hands out, without a slash at its end.

    Raises
    ------
    InputError
        ``E_HOST``: the request names a host that is not known to be this service. Whoever sends a request chooses that name, and
        caches hand the answer to others.
    """
    if parts.settings.public_url:
        return parts.settings.public_url.rstrip("/")
    named = request.headers.get("host", "")
    found = _HOST.fullmatch(named)
    known = {"localhost", (request.scope.get("server") or ("",))[0], *parts.settings.hosts}
    if found is None or found[1].strip("[]").lower() not in known:
        hint = "Whoever runs the service names its address with --public-url."
        error = InputError("E_HOST", "this name is not known to be this service", where="Host", found=named[:100], hint=hint)
        error.http_status = 400
        raise error
    return f"{request.scope['scheme']}://{named}"


BaseUrl = Annotated[str, Depends(base_url)]
