"""An application that only says who it was told is there: behind the wrapper, on a real server."""

import json
import os
from typing import Any

from fusionsite.proxies import BehindProxies, networks


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    names = [name.decode() for name, _ in scope["headers"]]
    told = {
        "client": scope["client"][0],
        "scheme": scope.get("scheme", "ws"),  # as ASGI says where a server leaves it out
        "root": scope["root_path"],
        "headers": names,
    }
    said = json.dumps(told)
    await receive()
    if scope["type"] == "http":
        head = {"type": "http.response.start", "status": 200, "headers": []}
        await send(head)
        await send({"type": "http.response.body", "body": said.encode()})
    else:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": said})
        await send({"type": "websocket.close", "code": 1000})


application = BehindProxies(_echo, networks(os.environ["TRUSTED"]))
