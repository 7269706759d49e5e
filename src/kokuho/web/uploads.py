"""A limit on what a browser may send, before any of it is kept."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

LARGEST = 64 * 1024 * 1024


class LimitedUpload(FileUploadHandler):
    """Stands before the handlers that keep files, and refuses a request that is too large as a whole."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        """Raises RequestDataTooBig (answered 400)."""
        if content_length > LARGEST:
            raise RequestDataTooBig("送られたファイルが大きすぎます。")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass on unchanged."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind keep the file."""
