"""The error that actions raise for what cannot be done as asked."""

from __future__ import annotations


class CodedError(ValueError):
    """A step is not possible. `code` is stable; the message, for the screen, says why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[CodedError], tuple[str, str]]:
        # Comes back whole from a worker process.
        return type(self), (self.code, str(self))
