"""Files on their way to Slack."""

from typing import Any
from urllib.error import HTTPError

from slack_sdk import WebClient


def upload_files(client: WebClient, **files: Any) -> None:
    """`client.files_upload_v2(**files)`. Raises what that does; an answer which it leaves open is closed."""
    try:
        client.files_upload_v2(**files)
    except HTTPError as error:  # the storage that takes the bytes said no
        error.close()
        raise
