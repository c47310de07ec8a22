"""Files of a sandbox workspace: announced, sent to an address of their own, then shared in a channel."""

import itertools
import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.refusal import SlackRefusal

Json = dict[str, Any]

ALT_MOST = 1000  # docs.slack.dev/reference/methods/files.getUploadURLExternal: alt_txt_too_large
LARGEST = 1024**3


@dataclass(slots=True)
class File:
    """One file; `content` is None until it has been sent, and `shared` says that this is done."""

    id: str
    name: str
    length: int
    alt: str
    content: bytes | None = None
    shared: bool = False
    title: str = ""

    def described(self) -> Json:
        """The `file` object, as far as the bot looks at it."""
        return {"id": self.id, "name": self.name, "title": self.title or self.name, "alt_txt": self.alt}


class Files:
    """Files by their id; each is sent once, to the address that ends in it."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._numbers = itertools.count(1)

    def announce(self, arguments: Json) -> File:
        """A file to come, of this many bytes. Raises SlackRefusal."""
        name, length, alt = arguments.get("filename"), str(arguments.get("length") or ""), arguments.get("alt_txt")
        if not name or not re.fullmatch(r"[1-9][0-9]*", length):
            raise SlackRefusal("missing_argument")
        if int(length) > LARGEST:
            raise SlackRefusal("file_upload_size_restricted")
        if len(str(alt or "")) > ALT_MOST:
            raise SlackRefusal("alt_txt_too_large")
        file = File(f"F{next(self._numbers):08}", str(name), int(length), str(alt or ""))
        self._files[file.id] = file
        return file

    def receive(self, id_: str, content: bytes) -> None:
        """What was sent for it. Raises SlackRefusal where it was not announced so."""
        file = self._files.get(id_)
        if file is None or file.shared or len(content) != file.length:
            raise SlackRefusal("upload_failed")
        file.content = content

    def complete(self, named: object) -> list[File]:
        """The files of a `files` argument, which must have been sent, and are shared by this. Raises SlackRefusal."""
        if not isinstance(named, list) or not named or not all(isinstance(one, dict) for one in named):
            raise SlackRefusal("invalid_arguments", ["files: must be a list of objects with an id"])
        found = []
        for one in named:
            file = self._files.get(str(one.get("id")))
            if file is None or file.content is None or file.shared:
                raise SlackRefusal("file_not_found")
            file.title = str(one.get("title") or "")
            found.append(file)
        for file in found:
            file.shared = True
        return found

    def find(self, id_: str) -> File | None:
        """The file, if there is one."""
        return self._files.get(id_)
