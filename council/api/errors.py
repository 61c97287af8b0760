"""What goes wrong at this door, as OpenAI's clients expect to read it."""

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse

_TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}


class ApiError(Exception):
    """A request that is not answered: an HTTP status, a sentence, and which parameter is meant.

    ``beside`` stands next to the error object, such as what a failed run came to.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param
        self.headers, self.beside = dict(headers or {}), dict(beside or {})

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        kind = _TYPES.get(self.status, "api_error" if self.status >= 500 else None)
        error = {
            "message": str(self),
            "type": kind or "invalid_request_error",
            "param": self.param,
            "code": self.code,
        }
        return {"error": error, **self.beside}

    @property
    def response(self) -> JsonResponse:
        """The answer itself."""
        return JsonResponse(self.body, status=self.status, headers=self.headers)


def refused(param: str, message: str, code: str | None = None) -> ApiError:
    """A request whose parameter cannot be taken."""
    return ApiError(400, message, param=param, code=code)
