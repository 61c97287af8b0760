"""The sockets' addresses, and who may open one: this server's own pages, exactly."""

from typing import Any

from channels.routing import URLRouter
from channels.sessions import SessionMiddlewareStack
from django.conf import settings
from django.urls import path, re_path

from council.consumers import RunSocket, ShareSocket


class SameOrigin:
    """Refuses a handshake whose ``Origin`` is not exactly one of ours (scheme, host and port).

    Channels' own validator ignores scheme and port (CVE-2026-25253 is of that kind).
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on, or answer 403."""
        origins = [v for k, v in scope["headers"] if k == b"origin"]
        allowed = {o.encode() for o in settings.ENV.origins}
        if len(origins) == 1 and origins[0].lower() in allowed:
            await self._inner(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 4403})


async def _nowhere(scope: Any, receive: Any, send: Any) -> None:
    """An unknown address is refused, not an error in the log."""
    await send({"type": "websocket.close", "code": 4404})


urlpatterns = [
    path("ws/runs/<uuid:run_id>/", RunSocket.as_asgi(), name="run_socket"),
    path("ws/shares/<str:token>/<int:number>/", ShareSocket.as_asgi(), name="share_socket"),
]
_anything = re_path("", _nowhere)  # type: ignore[arg-type]
sockets = SameOrigin(SessionMiddlewareStack(URLRouter([*urlpatterns, _anything])))
