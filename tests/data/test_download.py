import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ganforge.data.download import download
from ganforge.data.images import DataFile
from ganforge.errors import DataError

CONTENT = bytes(range(256)) * 12_000  # three pieces of a transfer
MD5 = hashlib.md5(CONTENT).hexdigest()
Answer = Callable[[BaseHTTPRequestHandler, int], None]


class Server:
    """A server on this machine that answers the n-th request as it is told, and every later one like the last."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.ranges: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                number = len(outer.ranges)
                outer.ranges.append(self.headers.get("Range"))
                start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
                outer.answers[min(number, len(outer.answers) - 1)](self, start)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/file.bin"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, announced: int | None = None) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if announced is None else announced))
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: BaseHTTPRequestHandler, start: int) -> None:
    send(handler, CONTENT)


def resumable(handler: BaseHTTPRequestHandler, start: int) -> None:
    if start >= len(CONTENT):
        send(handler, b"", status=416)
    else:
        send(handler, CONTENT[start:], status=206 if start else 200)


def dropping_after(count: int) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, start: int) -> None:
        rest = CONTENT[start:]
        send(handler, rest[:count], status=206 if start else 200, announced=len(rest))

    return answer


def with_status(status: int) -> Answer:
    return lambda handler, start: send(handler, b"sorry", status=status)


def wrong(handler: BaseHTTPRequestHandler, start: int) -> None:
    send(handler, b"<html>please log in</html>")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    running = Server()
    yield running
    running.close()


def target(server: Server, tmp_path: Path, md5: str | None = MD5) -> DataFile:
    return DataFile(tmp_path / "svhn" / "file.bin", server.url, md5)


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock")) if folder.exists() else []


def test_a_missing_file_is_fetched_and_its_progress_told(server, tmp_path):
    server.answers = [whole]
    file = target(server, tmp_path)
    seen: list[tuple[int, int | None]] = []
    assert download([file], progress=lambda _, here, total: seen.append((here, total))) == [file.path]
    assert file.path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [here for here, _ in seen] == sorted({here for here, _ in seen})
    assert visible(file.path.parent) == ["file.bin"]


def test_a_file_that_is_there_is_left_alone_even_if_it_is_not_the_published_one(server, tmp_path):
    server.answers = [whole]
    file = target(server, tmp_path)
    file.path.parent.mkdir()
    file.path.write_bytes(b"a subset")
    assert download([file]) == []
    assert file.path.read_bytes() == b"a subset"
    assert server.ranges == []


def test_wrong_bytes_never_appear_under_the_name(server, tmp_path):
    server.answers = [wrong, whole]
    file = target(server, tmp_path)
    with pytest.raises(DataError, match="another file than the published one") as caught:
        download([file])
    assert server.url in str(caught.value)
    assert str(file.path) in caught.value.fix
    assert visible(file.path.parent) == []
    assert download([file]) == [file.path]


@pytest.mark.parametrize("count", [1, 1000, 2**20, 2**20 + 1, len(CONTENT) - 1])
def test_a_dropped_connection_is_taken_up_again(server, tmp_path, count):
    server.answers = [dropping_after(count), resumable]
    file = target(server, tmp_path)
    download([file])
    assert file.path.read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={count}-"]


def test_a_server_that_cannot_resume_starts_over(server, tmp_path):
    server.answers = [dropping_after(5000), whole]
    file = target(server, tmp_path)
    download([file])
    assert file.path.read_bytes() == CONTENT


def test_a_connection_that_brings_nothing_more_is_an_error_and_the_next_call_goes_on(server, tmp_path):
    server.answers = [dropping_after(5000), dropping_after(0), resumable]
    file = target(server, tmp_path)
    with pytest.raises(DataError, match="connection broke after 5,000 of 3,072,000 bytes") as caught:
        download([file])
    assert "repeat the command" in caught.value.fix
    assert visible(file.path.parent) == [".file.bin.part"]
    assert download([file]) == [file.path]
    assert file.path.read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=5000-"


def test_a_part_that_is_whole_already_is_taken(server, tmp_path):
    server.answers = [resumable]
    file = target(server, tmp_path)
    file.path.parent.mkdir()
    (file.path.parent / ".file.bin.part").write_bytes(CONTENT)
    assert download([file]) == [file.path]
    assert file.path.read_bytes() == CONTENT


def test_without_a_checksum_over_http_nothing_is_fetched(server, tmp_path):
    server.answers = [whole]
    with pytest.raises(DataError, match="neither https nor http with a known checksum"):
        download([target(server, tmp_path, md5=None)])
    assert server.ranges == []


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_what_the_server_answers_is_in_the_message(server, tmp_path, status):
    server.answers = [with_status(status)]
    file = target(server, tmp_path)
    with pytest.raises(DataError, match=f"the server answers {status}") as caught:
        download([file])
    assert f"copy the file to {file.path} by hand" in caught.value.fix
    assert not file.path.exists()


def test_no_network_is_a_clear_error(server, tmp_path):
    server.close()
    file = target(server, tmp_path)
    with pytest.raises(DataError, match=r"127\.0\.0\.1.* cannot be fetched: .*refused") as caught:
        download([file])
    assert f"copy the file to {file.path} by hand" in caught.value.fix
    server.thread = threading.Thread()  # it is closed already
    server.close = lambda: None  # type: ignore[method-assign]


def test_a_redirect_to_a_local_file_goes_nowhere(server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)

    def redirect(handler: BaseHTTPRequestHandler, start: int) -> None:
        handler.send_response(302)
        handler.send_header("Location", secret.as_uri())
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.answers = [redirect]
    file = target(server, tmp_path)
    with pytest.raises(DataError, match="the server answers 302"):
        download([file])
    assert not file.path.exists()


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://localhost/x", "x", ""])
def test_other_addresses_are_refused(tmp_path, url):
    with pytest.raises(DataError, match="neither https nor http"):
        download([DataFile(tmp_path / "x", url, MD5)])


def test_a_file_without_an_address_says_where_to_put_it(tmp_path):
    with pytest.raises(DataError, match="no address is known") as caught:
        download([DataFile(tmp_path / "usps_train.npz")])
    assert caught.value.fix == f"copy the file to {tmp_path / 'usps_train.npz'} by hand"


def test_a_folder_that_cannot_be_written_is_a_data_error(server, tmp_path):
    server.answers = [whole]
    (tmp_path / "svhn").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written"):
        download([target(server, tmp_path)])


def redirecting_to(url: str) -> Answer:
    def redirect(handler: BaseHTTPRequestHandler, start: int) -> None:
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return redirect


@pytest.mark.promise("A redirect into your own network is not followed.", about="stranger")
@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "[fe80::1]", "10.0.0.1", "192.168.1.1:8080", "[::1]", "0.0.0.0", "[::ffff:169.254.169.254]"],
)
def test_a_redirect_into_a_network_is_not_followed(server, tmp_path, address):
    server.answers = [redirecting_to(f"http://{address}/latest/meta-data")]
    with pytest.raises(DataError, match="an address within a network") as caught:
        download([target(server, tmp_path)])
    assert "by hand" in caught.value.fix


def test_a_redirect_on_one_server_is_followed(server, tmp_path):
    server.answers = [redirecting_to("/elsewhere"), whole]
    file = target(server, tmp_path)
    assert download([file]) == [file.path]


def endless(handler: BaseHTTPRequestHandler, start: int) -> None:
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(CONTENT)


@pytest.mark.promise("A download without end, or of a byte at a time, is given up.", about="stranger")
def test_a_download_without_end_is_given_up(server, tmp_path):
    server.answers = [endless]
    file = replace(target(server, tmp_path), largest=8_000_000)
    with pytest.raises(DataError, match="at most 8,000,000 bytes are fetched"):
        download([file])
    assert sum(path.stat().st_size for path in file.path.parent.iterdir()) == 0
    assert not file.path.exists()


def test_a_download_that_announces_too_much_is_not_begun(server, tmp_path):
    server.answers = [lambda handler, start: send(handler, b"x", announced=10**15)]
    with pytest.raises(DataError, match="sends 1,000,000,000,000,000 bytes"):
        download([target(server, tmp_path)])


@pytest.mark.promise("A download without end, or of a byte at a time, is given up.", about="stranger")
@pytest.mark.parametrize("dropping", [False, True])
def test_a_byte_at_a_time_is_given_up(server, tmp_path, dropping):
    def trickle(handler: BaseHTTPRequestHandler, start: int) -> None:
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(CONTENT) - start))
        handler.end_headers()
        with suppress(OSError):
            for place in range(start, start + 1 if dropping else len(CONTENT)):
                handler.wfile.write(CONTENT[place : place + 1])
                time.sleep(0.02)

    server.answers = [trickle]
    with pytest.raises(DataError, match="less than 1,000 bytes a second"):
        download([target(server, tmp_path)], timeout=0.5)
