"""The YAML language server of editors, asked what it makes of files.

It is looked for on the path, and in ``build/editor`` where ``make build/editor`` puts it with npm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PROGRAM: Final = "yaml-language-server"
PATIENCE: Final = 120
"""Seconds for an answer."""


def program() -> str | None:
    """The server's program; None if it is not installed."""
    places = [str(ROOT / "build" / "editor" / "node_modules" / ".bin"), os.environ.get("PATH", "")]
    return shutil.which(PROGRAM, path=os.pathsep.join(places))


class YamlServer:
    """A running server, as a context; files are opened in it one after another."""

    def __init__(self, command: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        self._messages: Queue[dict[str, Any]] = Queue()
        self._number = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        capabilities = {"workspace": {"configuration": True}, "textDocument": {"publishDiagnostics": {}}}
        self._ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"yaml": SETTINGS}}})

    def __enter__(self) -> YamlServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def faults(self, files: Iterable[Path]) -> dict[str, list[str]]:
        """What the server tells of each file that it finds fault with: ``line: message``."""
        waiting = {file.as_uri(): file for file in files}
        for uri, file in waiting.items():
            self._open(uri, file.read_text(encoding="utf-8"))
        told: dict[str, list[str]] = {}
        while waiting:
            message = self._next()
            if message.get("method") != "textDocument/publishDiagnostics":
                continue
            named = waiting.pop(message["params"]["uri"], None)
            if named is not None and message["params"]["diagnostics"]:
                told[str(named)] = [
                    f"{fault['range']['start']['line'] + 1}: {fault['message']}"
                    for fault in message["params"]["diagnostics"]
                ]
        return told

    def completions(self, file: Path, text: str, line: int, column: int) -> list[str]:
        """What is offered in a file with a text at a line and column, both from 0."""
        self._open(file.as_uri(), text)
        position = {"line": line, "character": column}
        answer = self._ask("textDocument/completion", {"textDocument": {"uri": file.as_uri()}, "position": position})
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return [item["label"] for item in items]

    def _open(self, uri: str, text: str) -> None:
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                return message.get("result")

    def _next(self) -> dict[str, Any]:
        """The next message; what the server asks is answered."""
        while True:
            try:
                message = self._messages.get(timeout=PATIENCE)
            except Empty:
                raise TimeoutError(f"{PROGRAM} says nothing") from None
            if "id" in message and "method" in message:
                items = message.get("params", {}).get("items", []) if "configuration" in message["method"] else []
                result = [SETTINGS if item.get("section") == "yaml" else {} for item in items] or None
                self._send({"id": message["id"], "result": result})
                continue
            return message

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while head := stream.readline():
            length = int(head.split(b":")[1])
            while stream.readline().strip():
                pass
            self._messages.put(json.loads(stream.read(length)))


SETTINGS: Final = {"validate": True, "completion": True, "schemaStore": {"enable": False}, "hover": False}
