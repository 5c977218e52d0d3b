"""The service as a process, asked over real connections: stop and reload, TLS, callers that behave badly, and clients in other languages."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import csharp
import pytest
from aava_rules_http import Settings
from aava_rules_http.server import _listen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
CANARY = "Kanarialintu-020579"
RECORD = json.loads((EXAMPLES / "records" / "a-17.json").read_text(encoding="utf-8"))
ASK = {"id": "x", "record": RECORD, "on": "2014-05-05", "only": ["target_group"], "language": "en"}
BODY = json.dumps(ASK).encode()
PROGRAM = [sys.executable, "-c", "from aava_rules.tools.cli import main; main()", "http"]
HIDDEN = "import sys; sys.modules.update(dict.fromkeys(('httptools', 'uvloop'))); from aava_rules.tools.cli import main; main()"
PROGRAMS = {"fast": PROGRAM, "plain": [sys.executable, "-c", HIDDEN, "http"]}
"""With what the extra ``fast`` brings, and as if that were not installed."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@dataclass
class Server:
    """A service that runs."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, body: bytes = BODY, path: str = "/v1/decide") -> tuple[int, Any]:
        """The status and the answer to one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST" if body else "GET", path, body or None, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def entries(self) -> list[dict[str, Any]]:
        """The lines of the log so far."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def environment(**named: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if name != "AAVA_RULES_DISABLE_PLUGINS"}
    return others | {f"AAVA_RULES_HTTP_{name}": value for name, value in named.items()}


@contextmanager
def started(folder: Path, program: str = "fast", **named: str) -> Iterator[Server]:
    """A service with two workers, once it is ready; it is stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log.jsonl"
    whole = environment(**{"PORT": str(port), "RULEBOOKS": "finland", "WORKERS": "2", **named})
    with log.open("wb") as stderr, subprocess.Popen(PROGRAMS[program], stderr=stderr, env=whole) as process:
        server = Server(process, port, log)
        try:
            for _ in range(600):
                assert process.poll() is None, log.read_text(encoding="utf-8")
                with suppress(OSError):
                    server.connect().close()
                    break
                time.sleep(0.05)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:  # a service that does not stop is a fault to be told, not to wait for
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
                for pid in children.read_text().split() if children.exists() else ():
                    os.kill(int(pid), signal.SIGKILL)
                process.kill()
                raise


def workers_of(server: Server) -> list[int]:
    """The processes that answer."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("needs /proc to find the workers")
    return [int(child) for child in children.read_text().split()]


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds, for half a minute at most."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not come about within half a minute"
        time.sleep(0.02)


@pytest.fixture(scope="module", name="server", params=list(PROGRAMS))
def _server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"BODY_BYTES": "100000", "READ_SECONDS": "0.4", "BODY_SECONDS": "3", "AT_ONCE": "8"}
    with started(tmp_path_factory.mktemp("server"), request.param, **limits) as server:
        yield server


def head(length: int | None, media_type: str = "application/json") -> bytes:
    """The head of a request with a body of so many bytes; None for one that comes in chunks."""
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = ("POST /v1/decide HTTP/1.1", "Host: localhost", f"Content-Type: {media_type}", size, "", "")
    return "\r\n".join(lines).encode()


def answer(raw: socket.socket) -> tuple[int, bytes]:
    """The status and all that comes until the service ends the connection or the answer."""
    response = http.client.HTTPResponse(raw)
    response.begin()
    return response.status, response.read()


class TestStopAndReload:
    @pytest.mark.parametrize("program", list(PROGRAMS))
    def test_a_thousand_accepted_requests_survive_a_stop(self, tmp_path: Path, program: str) -> None:
        """Of 1,000 requests half of whose body has come when the service is told to stop, each is answered in full."""
        with started(tmp_path, program, AT_ONCE="1000", READ_SECONDS="60") as server, ExitStack() as stack:
            waiting = [stack.enter_context(server.connect()) for _ in range(1000)]
            for raw in waiting:
                raw.sendall(head(len(BODY)).replace(b"Host", b"Expect: 100-continue\r\nHost") + BODY[:20])
            for raw in waiting:  # whoever is told to go on has been accepted
                assert raw.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"[:25]
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            for raw in waiting:
                raw.sendall(BODY[20:])
            statuses = [answer(raw) for raw in waiting]
            assert sum(status == 200 and json.loads(body)["id"] == "x" for status, body in statuses) == 1000
            assert server.process.wait(60) == 0
        entries = server.entries()
        assert sum(entry["event"] == "answered" and entry["status"] == 200 for entry in entries) == 1000
        assert RECORD["id"] not in server.log.read_text(encoding="utf-8")

    @pytest.mark.parametrize("program", list(PROGRAMS))
    def test_a_thousand_requests_survive_reloads(self, tmp_path: Path, program: str) -> None:
        """While eight callers send 1,000 requests, the rulebooks are loaded anew three times, and no request is lost."""
        statuses: list[int] = []

        def caller() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            for _ in range(125):
                connection.request("POST", "/v1/decide", BODY, {"Content-Type": "application/json"})
                response = connection.getresponse()
                assert json.loads(response.read())["id"] == "x"
                statuses.append(response.status)

        with started(tmp_path, program) as server:
            threads = [threading.Thread(target=caller) for _ in range(8)]
            for thread in threads:
                thread.start()
            for share in (200, 500, 800):
                while len(statuses) < share and any(thread.is_alive() for thread in threads):
                    time.sleep(0.005)
                server.process.send_signal(signal.SIGHUP)
            for thread in threads:
                thread.join()
            assert statuses == [200] * 1000
            loaded = 0
            for _ in range(200):
                loaded = sum(entry["event"] == "rulebook loaded" for entry in server.entries())
                if loaded >= 3:
                    break
                time.sleep(0.05)
            assert loaded >= 3  # once before the fork, and by each worker
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(60) == 0

    @pytest.mark.parametrize("workers", ["1", "4"])
    @pytest.mark.parametrize("seconds", [0, 0.02, 0.1])
    def test_a_stop_or_reload_while_workers_begin_is_obeyed(self, tmp_path: Path, seconds: float, workers: str) -> None:
        """Connections are taken before a worker is there to answer them; a signal of that moment is not lost."""
        with started(tmp_path, WORKERS=workers) as server:
            time.sleep(seconds)
            server.process.send_signal(signal.SIGHUP)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(60) == 0
        assert not [entry for entry in server.entries() if entry["event"] == "worker ended"]

    def test_a_stop_while_a_worker_is_replaced_is_obeyed(self, tmp_path: Path) -> None:
        with started(tmp_path) as server:
            for pid in workers_of(server):
                os.kill(pid, signal.SIGKILL)
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(60)

    def test_a_worker_that_takes_a_place_answers_by_the_rulebook_loaded_last(self, tmp_path: Path) -> None:
        """After a reload, a worker begun later has the rulebooks of the reload, not those of the start."""
        rulebook = tmp_path / "own_rulebook"
        shutil.copytree(EXAMPLES / "own_rulebook", rulebook)
        with started(tmp_path, RULEBOOKS=str(rulebook)) as server:
            first = {item["version"] for item in server.ask(b"", "/v1/rulebooks")[1]["rulebooks"]}
            manifest = rulebook / "rulebook.yaml"
            text = manifest.read_text(encoding="utf-8")
            changed = re.sub(r"(?m)^version: .*$", 'version: "2099.9"', text)
            assert changed != text
            manifest.write_text(changed, encoding="utf-8")
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: sum(entry["event"] == "rulebook loaded" for entry in server.entries()) >= 4)
            for pid in workers_of(server):
                os.kill(pid, signal.SIGKILL)
            wait_for(lambda: sum(entry["event"] == "worker ended" for entry in server.entries()) == 2)
            for _ in range(8):
                assert {item["version"] for item in server.ask(b"", "/v1/rulebooks")[1]["rulebooks"]} == {"2099.9"}
            assert first != {"2099.9"}

    def test_a_worker_that_ends_is_replaced(self, tmp_path: Path) -> None:
        """Another one takes its place, and requests go on."""
        with started(tmp_path) as server:
            wait_for(lambda: len(workers_of(server)) == 2)  # connections are taken before they begin
            first, second = workers_of(server)
            os.kill(first, signal.SIGKILL)
            wait_for(lambda: first not in workers_of(server) and len(workers_of(server)) == 2)
            assert second in workers_of(server)
            assert [server.ask()[0] for _ in range(4)] == [200] * 4


class TestCallersThatBehaveBadly:
    """Each gets the right status; whoever asks beside it and after it is answered."""

    @pytest.fixture(autouse=True)
    def _others_are_served(self, server: Server) -> Iterator[None]:
        yield
        assert server.ask()[0] == 200
        assert server.process.poll() is None
        log = server.log.read_text(encoding="utf-8")
        assert CANARY not in log
        assert "Traceback" not in log

    @pytest.mark.parametrize("announced", [True, False])
    def test_a_hundred_megabytes(self, server: Server, announced: bool) -> None:
        """413, and nobody waits for the rest of it, whether the caller says how long it is or not."""
        before = len(server.entries())
        with server.connect() as raw:
            raw.sendall(head(100 * 2**20 if announced else None))
            piece = b" " * 65536 if announced else b"10000\r\n" + b" " * 65536 + b"\r\n"
            with suppress(ConnectionError):  # the service ends the connection after read_seconds
                for _ in range(1600):
                    raw.sendall(piece)
            with suppress(ConnectionError):
                status, body = answer(raw)
                assert status == 413
                assert "100000 bytes" in json.loads(body)["error"]["text"]
        wait_for(lambda: 413 in {entry.get("status") for entry in server.entries()[before:]})

    @pytest.mark.parametrize("body", [b"[" * 10_000, b'{"record": {"id": "a", "facts": ' + b"[" * 10_000])
    def test_ten_thousand_levels(self, server: Server, body: bytes) -> None:
        """400, with what is wrong."""
        status, values = server.ask(body)
        assert status == 400
        assert values["error"]["faults"][0]["code"] in ("AR111", "AR120")

    def test_a_body_that_stops_coming(self, server: Server) -> None:
        """408, while others are answered."""
        with server.connect() as raw:
            raw.sendall(head(len(BODY)) + BODY[:20])
            assert server.ask()[0] == 200
            status, body = answer(raw)
        assert status == 408
        assert "too long" in json.loads(body)["error"]["text"]

    def test_a_body_that_comes_byte_by_byte(self, server: Server) -> None:
        """A caller who always sends a byte in time does not keep its place for ever: 408."""
        with server.connect() as raw:
            raw.sendall(head(100_000))
            begun = time.monotonic()
            with suppress(ConnectionError):
                while time.monotonic() - begun < 30:
                    raw.sendall(b" ")
                    time.sleep(0.05)
                    raw.setblocking(False)
                    with suppress(BlockingIOError):
                        if raw.recv(1, socket.MSG_PEEK):
                            break
                    raw.settimeout(60)
            raw.settimeout(60)
            status, _ = answer(raw)
        assert status == 408
        assert time.monotonic() - begun < 15

    def test_a_head_that_never_ends(self, server: Server) -> None:
        """The connection is ended."""
        with server.connect() as silent, server.connect() as slow:
            slow.sendall(b"POST /v1/decide HTTP/1.1\r\nHost: local")
            for raw in (silent, slow):
                raw.settimeout(10)
                assert raw.recv(1000) in (b"", b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")

    @pytest.mark.parametrize("media_type", ["application/json", "application/jsonl"])
    def test_a_caller_who_leaves_in_the_middle(self, server: Server, media_type: str) -> None:
        """It is noted with the status 499 or that of the lines that were answered, and nothing fails."""
        id = f"leaves-{media_type.partition('/')[2]}"
        with server.connect() as raw:
            raw.sendall(head(None, media_type).replace(b"Host", f"X-Request-ID: {id}\r\nHost".encode()))
            part = BODY + b"\n" + BODY[:20].replace(b"x", CANARY.encode())
            raw.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            time.sleep(0.2)
        wait_for(lambda: id in {entry.get("request_id") for entry in server.entries()})
        entries = [entry for entry in server.entries() if entry.get("request_id") == id]
        assert [(entry["event"], entry["status"]) for entry in entries] == [
            ("answered", 200 if media_type == "application/jsonl" else 499)
        ]

    def test_half_a_line(self, server: Server) -> None:
        """What came before it is answered, and so is the half, with what is wrong."""
        body = BODY + b"\n" + BODY[:50]
        with server.connect() as raw:
            raw.sendall(head(len(body), "application/jsonl") + body)
            status, told = answer(raw)
        whole, half = map(json.loads, told.splitlines())
        assert (status, whole["id"], half["line"]) == (200, "x", 2)
        assert half["error"]["faults"][0]["code"] == "AR111"

    def test_what_is_no_http(self, server: Server) -> None:
        """400, or the end of the connection."""
        with server.connect() as raw:
            raw.sendall(b"\x16\x03\x01\x02\x00" + CANARY.encode() + b"\r\n\r\n")
            assert raw.recv(1000)[:12] in (b"", b"HTTP/1.1 400")


def test_callers_who_do_not_read_their_answers(tmp_path: Path) -> None:
    """More of them than are answered at once do not keep their places: others are answered again."""
    line = json.dumps({**ASK, "only": None, "language": None}).encode() + b"\n"
    chunk = f"{len(line):x}\r\n".encode() + line + b"\r\n"
    with started(tmp_path, AT_ONCE="2", READ_SECONDS="0.4") as server, ExitStack() as stack:
        for _ in range(8):
            raw = stack.enter_context(server.connect())
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.sendall(head(None, "application/jsonl"))
            raw.setblocking(False)
            with suppress(OSError):
                raw.sendall(chunk * 100)
        statuses = set()
        for _ in range(600):
            statuses.add(server.ask()[0])
            if 200 in statuses:
                break
            time.sleep(0.05)
        assert 200 in statuses


def test_over_tls(tmp_path: Path) -> None:
    """With a certificate and its key the service answers over TLS alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    certificate = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    pem, key_file = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_file.write_bytes(key.private_bytes(*form))
    with started(tmp_path, TLS_CERTIFICATE=str(pem), TLS_KEY=str(key_file)) as server:
        context = ssl.create_default_context(cafile=str(pem))
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=60, context=context)
        connection.request("POST", "/v1/decide", BODY, {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200
        connection.close()
        with pytest.raises((OSError, http.client.HTTPException)):
            server.ask()


def test_answers_are_sent_at_once() -> None:
    """Connections of the listener are of TCP by name, without which asyncio leaves them waiting 40 ms for the caller's receipt."""
    with _listen(Settings(port=0)) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.proto == socket.IPPROTO_TCP


class TestClients:
    @pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
    def test_the_example_in_javascript(self, server: Server) -> None:
        """It asks twice, and prints an answer, and what is wrong with the second question."""
        command = ["node", str(EXAMPLES / "clients" / "decide.mjs"), server.address]
        done = subprocess.run(
            [*command, str(EXAMPLES / "records" / "a-17.json")], capture_output=True, text=True, check=True
        )
        first, *_, last = done.stdout.splitlines()
        assert "target group" in first
        assert last.startswith("400 request: on is no day [AR116].")

    @pytest.mark.skipif(bool(csharp.lacking()), reason=csharp.lacking())
    def test_the_example_in_csharp(self, server: Server, tmp_path: Path) -> None:
        """It compiles without a warning, asks twice, and prints an answer, and what is wrong with the second question."""
        command = [*csharp.compiled(tmp_path), str(EXAMPLES / "records" / "a-17.json"), server.address]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        first, *_, last = done.stdout.splitlines()
        assert "kohderyhmään" in first
        assert last.startswith("400 request: on is no day [AR116].")


def test_settings_that_are_wrong() -> None:
    """The program ends with 2 before it listens."""
    for named in ({"HOST": "0.0.0.0"}, {"RULEBOOKS": "finlnd"}):
        done = subprocess.run(PROGRAM, capture_output=True, check=False, env=environment(**named))
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
