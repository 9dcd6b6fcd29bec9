"""The sample nginx configuration in front of an application, as a child of the tests."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mapservice.config import ROOT

SAMPLE = ROOT / "deploy" / "nginx.conf"
START_SECONDS = 10
# What Debian's nginx.conf has around the sample, below a directory of ours.
AROUND = """
{user}
daemon off;
pid nginx.pid;
error_log error.log warn;
events {{}}
http {{
  include /etc/nginx/mime.types;
  client_body_temp_path temp-body;
  proxy_temp_path temp-proxy;
  fastcgi_temp_path temp-fastcgi;
  uwsgi_temp_path temp-uwsgi;
  scgi_temp_path temp-scgi;
  {sample}
}}
"""


@contextmanager
def running(home: Path, backend: int, *, secure: bool = False, **changes: str) -> Iterator[int]:
    """nginx with the sample before the local port `backend`; yields its own port.

    `secure`: by HTTP/2 over TLS, with a certificate that nobody else knows. `changes` replace texts
    of the sample, by name: the lines to be changed, and rates of tests.
    """
    port = free_port()
    home.mkdir(parents=True, exist_ok=True)
    listen = f"127.0.0.1:{port}" + (_secured(home) if secure else "")
    (home / "nginx.conf").write_text(_configuration(home, listen, backend, changes))
    # Debian keeps it where only root looks for programs.
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [nginx, "-p", str(home), "-c", "nginx.conf", "-e", "error.log"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        _wait(child, port)
        yield port
    finally:
        child.terminate()
        child.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _secured(home: Path) -> str:
    """What makes `listen` one of HTTP/2 over TLS."""
    key, certificate = home / "key.pem", home / "certificate.pem"
    asked = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"]
    command = ["openssl", "req", "-x509", *asked, *files]
    subprocess.run(command, check=True, capture_output=True)
    return f" ssl http2; ssl_certificate {certificate}; ssl_certificate_key {key}"


def _configuration(home: Path, listen: str, backend: int, changes: dict[str, str]) -> str:
    sample = SAMPLE.read_text(encoding="utf-8")
    own = {
        "/var/cache/nginx/mapservice": str(home / "cache"),
        "/var/log/nginx/mapservice.log": str(home / "access.log"),
        "listen 80;": f"listen {listen};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{backend};",
    }
    for old, new in (own | changes).items():
        if sample.count(old) != 1:
            raise LookupError(f"{SAMPLE.name} has {old!r} {sample.count(old)} times")
        sample = sample.replace(old, new)
    user = "user root;" if os.geteuid() == 0 else ""  # our directories are closed to others
    return AROUND.format(user=user, sample=sample)


def _wait(child: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    child.terminate()
    raise RuntimeError(f"nginx did not start: {child.communicate()[1].decode()}")
