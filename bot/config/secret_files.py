"""Secrets from files: `NAME_FILE=/run/secrets/name` in the environment stands for `NAME` with what the file holds."""

from collections.abc import Iterable, Mapping
from pathlib import Path

_LONGEST = 4096  # bytes; a token has about 100


def read_secrets(names: Iterable[str], environment: Mapping[str, str | None]) -> tuple[dict[str, str], list[str]]:
    """What the files hold that `environment` names with `NAME_FILE`, for each of `names`; and every mistake.

    White space around a secret, such as the line's end that editors and `echo` leave, is not part of it. A mistake is
    one line with the variable, the file and the fix, never with what is in it: both NAME and NAME_FILE set, or a file
    that is missing, not readable, empty, no UTF-8 text, or over 4 KiB.
    """
    found: dict[str, str] = {}
    mistakes: list[str] = []
    for name in names:
        file = environment.get(f"{name}_FILE")
        if not file:
            continue
        if environment.get(name):
            mistakes.append(f"{name}: is set, and so is {name}_FILE; keep one of them")
            continue
        try:
            found[name] = _secret(Path(file))
        except ValueError as error:
            mistakes.append(f"{name}_FILE: {file} {error}")
    return found, mistakes


def _secret(file: Path) -> str:
    """Raises ValueError with what is wrong, and the fix."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST + 1)
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
        raise ValueError(f"{why}; name a file that this very user may read, such as /run/secrets/token") from None
    if len(content) > _LONGEST:
        raise ValueError("is longer than any secret; put the secret into it, and nothing else")
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        raise ValueError("is no UTF-8 text; put the secret into it, and nothing else") from None
    if not text:
        raise ValueError("is empty; put the secret into it, and nothing else")
    return text
