"""A scripted OpenID Connect provider on loopback, where everybody is who the test says."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt


class Issuer:
    """Under ``name`` (by itself: its address) it answers as behind a forward proxy.

    ``who`` are the claims of whoever comes, ``crowd`` those of the next ones, each once;
    ``refuses`` sends them back without a code. ``passes`` are what a proxy was told."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    def __enter__(self) -> Self:
        self.who: dict[str, Any] = {}
        self.crowd: list[dict[str, Any]] = []
        self.refuses = False
        self._known: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = self._name or self.address
        self.passes: list[str] = []
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, str]:
        """What makes a server let people sign in here."""
        return {
            "OIDC_URL": self.url,
            "OIDC_CLIENT_ID": "council",
            "OIDC_CLIENT_SECRET": "secret",
            "OIDC_NAME": "Works account",
        }

    def answer(self, path: str, told: dict[str, str], token: str = "") -> dict[str, Any]:
        """What stands at one of its addresses, as JSON, for whoever has this token."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            found = {f"{name}_endpoint": f"{self.url}/{end}" for name, end in ends.items()}
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **found}
        if path == "/token":
            assert told["code"] == "a-code"
            assert told["code_verifier"], "with PKCE"
            now, who = int(time.time()), self.crowd.pop() if self.crowd else self.who
            claims = {"iss": self.url, "aud": "council", "iat": now, "exp": now + 60, **who}
            self._known[f"Bearer token-{who['sub']}"] = who
            token = jwt.encode(claims, "k" * 32, "HS256", headers={"kid": "1"})
            return {
                "access_token": f"token-{who['sub']}",
                "token_type": "Bearer",
                "id_token": token,
            }
        return self._known[token]

    def back(self, asked: dict[str, str]) -> str:
        """Where somebody is sent who has signed in here, or would not."""
        told = {"state": asked["state"]}
        told |= {"error": "access_denied"} if self.refuses else {"code": "a-code"}
        return f"{asked['redirect_uri']}?{urlencode(told)}"


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            told = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", issuer.back(told))
                self.end_headers()
            else:
                token = self.headers.get("Authorization", "")
                self._say(issuer.answer(parts.path, told, token))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(issuer.answer(urlsplit(self.path).path, told))

        def _say(self, found: dict[str, Any]) -> None:
            issuer.passes.append(self.headers.get("Proxy-Authorization", ""))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
