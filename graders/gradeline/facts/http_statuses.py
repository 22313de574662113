"""Numbers behind names of statuses (``http.HTTPStatus``, ``httpx.codes``, ``requests.codes``, ``starlette.status``).

Sources: the Python documentation (http), the documentation of HTTPX, requests (``codes``, in small letters too) and
Starlette (``HTTP_422_UNPROCESSABLE_CONTENT``); RFC 9110, "Status Codes".
"""

from __future__ import annotations

_MODULES = ("http.HTTPStatus.", "starlette.status.", "fastapi.status.", "httpx.codes.", "requests.codes.")
_STATUSES = {
    "OK": 200, "CREATED": 201, "ACCEPTED": 202, "NO_CONTENT": 204, "BAD_REQUEST": 400, "UNAUTHORIZED": 401,
    "FORBIDDEN": 403, "NOT_FOUND": 404, "METHOD_NOT_ALLOWED": 405, "UNPROCESSABLE_ENTITY": 422,
    "UNPROCESSABLE_CONTENT": 422, "UNPROCESSABLE": 422, "TOO_MANY_REQUESTS": 429, "INTERNAL_SERVER_ERROR": 500,
    "BAD_GATEWAY": 502, "SERVICE_UNAVAILABLE": 503, "GATEWAY_TIMEOUT": 504,
}  # fmt: skip


def status_of(full: str) -> int | None:
    """The number that a dotted name stands for: ``httpx.codes.OK``; None for a name that is no status."""
    if not full.startswith(_MODULES):
        return None
    name = full.removesuffix(".value").rpartition(".")[2].upper()
    digits = name.removeprefix("HTTP_")[:3]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 3 else _STATUSES.get(name)
