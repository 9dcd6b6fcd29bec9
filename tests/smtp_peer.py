"""A mail server as small as a test needs: takes what it is told to take, keeps what it took."""

import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Thread


class Peer(socketserver.ThreadingTCPServer):
    """On a free port of 127.0.0.1. `answers`: what it says to a verb instead of yes, in turn.

    An answer "hang up" closes the line; "take, hang up" keeps the mail and closes it unsaid.
    """

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, trust: ssl.SSLContext | None = None, *, at_once: bool = False):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.trust, self.at_once = trust, at_once
        self.answers: dict[str, list[str]] = {}
        self.taken: list[EmailMessage] = []
        self.heard: list[str] = []

    @property
    def url(self) -> str:
        """As MAIL_URL, without TLS."""
        return f"smtp://localhost:{self.server_address[1]}?from=ban-do@example.vn&tls=off"

    def answer(self, verb: str) -> str:
        queued = self.answers.get(verb)
        return queued.pop(0) if queued else ""


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        if self.server.at_once:
            self._encrypt()
        self._say("220 peer")
        while line := self.rfile.readline():
            command = line.decode("ascii").strip()
            self.server.heard.append(command)
            if not self._obey(command.split(" ")[0].upper()):
                return

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _obey(self, verb: str) -> bool:
        """Whether the talk goes on."""
        told = self.server.answer(verb)
        if told == "hang up":
            return False
        if told and told != "take, hang up":
            self._say(told)
        elif verb == "EHLO":
            words = ["peer", "AUTH PLAIN"]
            if self.server.trust and not self.server.at_once:
                words.append("STARTTLS")
            for word in words[:-1]:
                self._say(f"250-{word}")
            self._say(f"250 {words[-1]}")
        elif verb == "STARTTLS":
            self._say("220 go on")
            self._encrypt()
        elif verb == "DATA":
            return self._take(silently=told == "take, hang up")
        else:
            self._say({"AUTH": "235 known", "QUIT": "221 bye"}.get(verb, "250 ok"))
        return verb != "QUIT"

    def _take(self, *, silently: bool) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        self.server.taken.append(message_from_bytes(b"".join(lines), policy=default))
        if not silently:
            self._say("250 taken")
        return not silently

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode("ascii"))

    def _encrypt(self) -> None:
        self.connection = self.server.trust.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)


@contextmanager
def running(peer: Peer) -> Iterator[Peer]:
    """The peer, answering from before this yields until it ends."""
    thread = Thread(target=peer.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield peer
    finally:
        peer.shutdown()
        thread.join()
        peer.server_close()
