"""Pages of other sites around the map: served from `localhost`, which is another origin than the
map's 127.0.0.1, with a port for each site."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Bài viết</title>
<meta name="viewport" content="width=device-width"><h1>Bài viết</h1>{body}
<p class="below">{text}</p>"""
TEXT = "Một đoạn văn của bài viết. " * 400  # more than fits on a screen


class Site:
    """One site; `show(body)` is its article from now on."""

    def __init__(self, port: int):
        self.origin = f"http://localhost:{port}"
        self.page = ""

    def show(self, body: str) -> str:
        """The address of an article that holds this HTML."""
        self.page = PAGE.format(body=body, text=TEXT)
        return f"{self.origin}/tin/1"


@contextmanager
def site() -> Iterator[Site]:
    """A site that is up while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path.startswith("/tin/")
            self.send_response(200 if found else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(shown.page.encode() if found else b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shown = Site(server.server_port)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield shown
    server.shutdown()
    thread.join()
    server.server_close()
