"""The HTTP side of a sandbox workspace: /api/METHOD, /respond/TOKEN and /upload/FILE on 127.0.0.1."""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
Answer = tuple[int, Json, Mapping[str, str]]

_HOST = "127.0.0.1"
_JSON_ARGUMENTS = ("blocks", "view", "attachments", "metadata", "files")


class Service(Protocol):
    """Who answers what the server hears: status, JSON body and headers."""

    def answer_call(self, method: str, arguments: Json, token: str) -> Answer: ...

    def answer_response(self, token: str, payload: object) -> Answer: ...

    def answer_upload(self, file: str, content: bytes) -> Answer: ...


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a whole lab at once; the default of 5 resets connections

    def server_bind(self) -> None:
        """Binds without asking the name service for this host's name, which can take seconds where there is none."""
        TCPServer.server_bind(self)
        self.server_name = _HOST
        self.server_port = int(self.server_address[1])


class Server:
    """Serves a `Service` on a free port of the loopback interface, in daemon threads."""

    def __init__(self, service: Service) -> None:
        self._http = _Http((_HOST, 0), _handler(service))
        self.url = f"http://{_HOST}:{self._http.server_port}"
        # Polled often, so that stopping does not hold up a test.
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), name="sandbox-slack", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends serving and frees the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Calls are kept in `calls`; a line on standard error would only disturb the chat."""

        def _serve(self) -> None:
            address = urlsplit(self.path)
            room, _, name = address.path.strip("/").partition("/")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if room == "api":
                arguments = {**_form(address.query), **_arguments(self.headers.get("Content-Type") or "", body)}
                bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                token = str(arguments.pop("token", "") or bearer)
                self._send(service.answer_call(name, arguments, token))
            elif room == "respond":
                self._send(service.answer_response(name, _loaded(body)))
            elif room == "upload":
                self._send(service.answer_upload(name, body))
            else:
                self._send((404, {"ok": False, "error": "not_found"}, {}))

        def _send(self, answer: Answer) -> None:
            status, body, headers = answer
            written = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(written)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(written)

    return Handler


def _arguments(content_type: str, body: bytes) -> Json:
    """The arguments of a call, sent as JSON or as a form in which structures are JSON texts."""
    if content_type.startswith("application/json"):
        loaded = _loaded(body)
        return loaded if isinstance(loaded, dict) else {}
    return _form(body.decode("utf-8", "replace"))


def _form(text: str) -> Json:
    arguments: Json = dict(parse_qsl(text, keep_blank_values=True))
    for name in _JSON_ARGUMENTS:
        if name in arguments:
            arguments[name] = _loaded(arguments[name].encode())
    return arguments


def _loaded(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
