"""A mail server on loopback that keeps what it is given."""

import re
import socketserver
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

_PATIENCE_S = 20.0


class Post:
    """Speaks as much SMTP as Django needs."""

    def __enter__(self) -> Self:
        self.mails: list[EmailMessage] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self.mails))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, str]:
        """What makes a server send its mail here."""
        port = self._server.server_address[1]
        return {"EMAIL_URL": f"smtp+plain://127.0.0.1:{port}", "EMAIL_FROM": "house@example.org"}

    def last_to(self, address: str, subject: str = "") -> str:
        """The text of the newest mail to this address, with words of its subject."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            for mail in reversed(self.mails):
                if mail["To"] == address and subject in str(mail["Subject"]):
                    return str(mail.get_content()).replace("\r\n", "\n")
            time.sleep(0.02)
        raise AssertionError(f"no mail to {address}: {[str(m['Subject']) for m in self.mails]}")

    def code_to(self, address: str) -> str:
        """The code that was sent to this address."""
        found = re.search(r"^(\S+)$", self.last_to(address, "Your code"), re.M)
        assert found is not None
        return found.group(1)


def _handler(mails: list[EmailMessage]) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 post\r\n")
            for line in self.rfile:
                command = line[:4].upper()
                if command == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    raw = b"".join(one[1:] if one.startswith(b"..") else one for one in lines)
                    mail = message_from_bytes(raw, policy=policy.default)
                    assert isinstance(mail, EmailMessage)
                    mails.append(mail)
                self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 well\r\n")
                if command == b"QUIT":
                    return

    return Handler
