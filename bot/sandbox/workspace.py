"""A Slack workspace on this machine: the part of the Web API that the bot uses, served with Slack's limits enforced."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from bot.manifest import SCOPES
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.refusal import SlackRefusal
from bot.sandbox.slack.respond import post_response
from bot.sandbox.slack.server import Answer, Server
from bot.sandbox.slack.state import Call, State
from bot.sandbox.slack.web_api import METHODS, OF_THE_APP
from bot.sandbox.slack.web_files import FILE_METHODS
from bot.sandbox.slack.web_views import VIEW_METHODS

Json = dict[str, Any]

ALL_METHODS = METHODS | VIEW_METHODS | FILE_METHODS
ANY = "*"
RESPONSE_URL = "response_url"
UPLOAD = "upload"


@dataclass(slots=True)
class _Failure:
    method: str
    status: int
    error: str
    retry_after: int | None
    times: int


class Workspace(State):
    """People, channels and messages behind a Web API that a `slack_sdk.WebClient(base_url=workspace.api_url)` talks to.

    Use as a context manager, or `start()` and `stop()`. All public methods may be called from any thread.
    """

    def __init__(
        self,
        people: Iterable[Person],
        channels: Iterable[Channel],
        clock: Callable[[], datetime],
        *,
        token: str = "xoxb-sandbox",  # noqa: S107 - opens nothing but this sandbox
        app_token: str = "xapp-sandbox",  # noqa: S107
        signing_secret: str = "sandbox-signing-secret",  # noqa: S107
        scopes: Iterable[str] = SCOPES,
        team: str = "T0LAB",
    ) -> None:
        super().__init__(people, channels, clock, scopes=scopes, team=team)
        self.token = token
        self.app_token = app_token
        self.signing_secret = signing_secret
        self._server: Server | None = None
        self._failures: list[_Failure] = []

    def start(self) -> Self:
        """Begins to serve on a free port of 127.0.0.1."""
        self._server = Server(self)
        return self

    def stop(self) -> None:
        """Ends serving; messages and views remain."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is served, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the workspace is not being served")
        return self._server.url

    @property
    def api_url(self) -> str:
        """The base URL of the Web API, ending in /api/."""
        return f"{self.url}/api/"

    def fail_next(
        self,
        method: str,
        status: int = 200,
        error: str = "internal_error",
        *,
        retry_after: int | None = None,
        times: int = 1,
    ) -> None:
        """Makes the next `times` calls of `method` fail (ANY: of whatever method, RESPONSE_URL: answers to one,
        UPLOAD: a file on its way).

        429 with `retry_after` in seconds is Slack's rate limit; 200 with an error code is an ordinary refusal.
        """
        with self.lock:
            self._failures.append(_Failure(method, status, error, retry_after, times))

    def mend(self) -> None:
        """Forgets the failures that have not happened yet."""
        with self.lock:
            self._failures.clear()

    def answer_call(self, method: str, arguments: Json, token: str) -> Answer:
        """Status, body and headers for one call of the Web API."""
        with self.lock:
            failed = self._failed(method)
            if failed is not None:
                self.calls.append(Call(method, arguments, failed[1]["error"]))
                return failed
            try:
                body = {"ok": True, **self._run(method, arguments, token)}
            except SlackRefusal as refusal:
                self.calls.append(Call(method, arguments, refusal.code))
                return 200, refusal.answer(), self._headers()
            self.calls.append(Call(method, arguments))
            return 200, body, self._headers()

    def answer_response(self, token: str, payload: object) -> Answer:
        """Status, body and headers for one POST to a response URL."""
        with self.lock:
            arguments = payload if isinstance(payload, dict) else {}
            failed = self._failed(RESPONSE_URL)
            if failed is not None:
                self.calls.append(Call(RESPONSE_URL, arguments, failed[1]["error"]))
                return failed
            try:
                post_response(self, token, payload)
            except SlackRefusal as refusal:
                self.calls.append(Call(RESPONSE_URL, arguments, refusal.code))
                return (404 if refusal.code.endswith("_url") else 400), refusal.answer(), {}
            self.calls.append(Call(RESPONSE_URL, arguments))
            return 200, {"ok": True}, {}

    def answer_upload(self, file: str, content: bytes) -> Answer:
        """Status, body and headers for the bytes of an announced file."""
        with self.lock:
            failed = self._failed(UPLOAD)
            if failed is not None:
                self.calls.append(Call(UPLOAD, {"file": file}, failed[1]["error"]))
                return failed if failed[0] != 200 else (500, *failed[1:])
            try:
                self.files.receive(file, content)
            except SlackRefusal as refusal:
                self.calls.append(Call(UPLOAD, {"file": file}, refusal.code))
                return 400, refusal.answer(), {}
            self.calls.append(Call(UPLOAD, {"file": file}))
            return 200, {"ok": True}, {}

    def _run(self, method: str, arguments: Json, token: str) -> Json:
        found = ALL_METHODS.get(method)
        if found is None:
            raise SlackRefusal("unknown_method")
        if method != "api.test" and token != (self.app_token if method in OF_THE_APP else self.token):
            raise SlackRefusal("invalid_auth" if token else "not_authed")
        if found.scopes and self.scopes.isdisjoint(found.scopes):
            raise SlackRefusal("missing_scope", needed=found.scopes[0], provided=",".join(sorted(self.scopes)))
        return found.run(self, arguments)

    def _headers(self) -> dict[str, str]:
        return {"x-oauth-scopes": ",".join(sorted(self.scopes))}

    def _failed(self, method: str) -> Answer | None:
        for failure in self._failures:
            if failure.method in (method, ANY) and failure.times > 0:
                failure.times -= 1
                headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
                error = "ratelimited" if failure.status == 429 else failure.error
                return failure.status, {"ok": False, "error": error}, headers
        return None
