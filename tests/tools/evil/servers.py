"""Evil servers of data files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from evil.registry import attack

PLUGIN = """
from pathlib import Path
from ganforge.data.images import DataFile
from ganforge.plugins import Component, hookimpl

class Far:
    \"\"\"Images that are far away.

    Args:
        address: the port and path of their server.
        data_root: the folder of all data.
    \"\"\"

    classes = None

    def __init__(self, *, address: str = "", data_root: Path):
        self.file = DataFile(data_root / "far.bin", "http://127.0.0.1:" + address, "0" * 32, largest=50_000_000)

    def files(self):
        return [self.file]

    def decode(self):
        raise NotImplementedError

@hookimpl
def ganforge_components():
    return [Component("dataset", "far", "far:Far", "Images that are far away.")]
"""
CONTENT = bytes(1 << 20)
Answer = Callable[[BaseHTTPRequestHandler], None]


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(CONTENT)


def announced(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**15))
    handler.end_headers()
    handler.wfile.write(CONTENT)


def redirected(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/latest/meta-data")
    handler.end_headers()


def in_circles(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", handler.path + "x")
    handler.end_headers()


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**6))
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.2)


def headers_without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.flush_headers()
    while True:
        handler.wfile.write(b"x: " + b"y" * 60_000 + b"\r\n")


def one_header_without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.flush_headers()
    while True:
        handler.wfile.write(CONTENT)


def escapes(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 404 \x1b[2J\x1b]0;mine\x07" + b"y" * 50_000 + b"\r\n\r\n")


SERVERS: dict[str, tuple[Answer, str]] = {
    "a download without end": (endless, "50,000,000 bytes are fetched"),
    "a download that announces a petabyte": (announced, "sends 1,000,000,000,000,000 bytes"),
    "a redirect to 169.254.169.254": (redirected, "an address within a network"),
    "redirects in circles": (in_circles, "cannot be fetched"),
    "a byte at a time": (dripping, "less than 1,000 bytes a second"),
    "headers without end": (headers_without_end, "cannot be fetched"),
    "a header without end": (one_header_without_end, "cannot be fetched"),
    "an answer of escape sequences": (escapes, "the server answers 404"),
}
for title, (_, says) in SERVERS.items():
    attack(f"a server with {title}", f"download far/far --set address=PORT/{title.replace(' ', '-')}", says)(
        lambda folder: None
    )


@contextmanager
def serving() -> Iterator[int]:
    """Run the servers on one port of this machine."""
    answers = {f"/{title.replace(' ', '-')}": answer for title, (answer, _) in SERVERS.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                answers[self.path.rstrip("x")](self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
