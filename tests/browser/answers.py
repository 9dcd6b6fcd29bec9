"""The site as the browser's server runs it: every answer is closed, and its end can be awaited."""

from threading import Condition

LONGEST = 30  # seconds a request may go on after its page is gone


class Answers:
    """A WSGI application around another that knows which requests are still being answered."""

    def __init__(self, app):
        self.app = app
        self.running = 0
        self.changed = Condition()

    def __call__(self, environ, start_response):
        """A generator: where a browser goes away, Werkzeug's server drops the answer without
        closing it, and the files in it would be found open."""
        self._count(1)
        body = ()
        try:
            body = self.app(environ, start_response)
            yield from body
        finally:
            if hasattr(body, "close"):
                body.close()
            self._count(-1)

    def ended(self) -> bool:
        """Waits until nothing is being answered; false if that takes too long."""
        with self.changed:
            return self.changed.wait_for(lambda: self.running == 0, LONGEST)

    def _count(self, step: int) -> None:
        with self.changed:
            self.running += step
            self.changed.notify_all()
