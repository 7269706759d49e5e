"""The one error that the rules raise for input they cannot judge."""

from __future__ import annotations


class LawError(ValueError):
    """Input that the law cannot be applied to.

    `code` is stable and machine-readable, `path` is the place in the input (``household.members[0].age``),
    `message` says in Japanese what is wrong and what to do.
    """

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(f"{code} {path}: {message}")
        self.code = code
        self.path = path
        self.message = message

    def __reduce__(self) -> tuple[type[LawError], tuple[str, str, str]]:
        # Comes back whole from a worker process.
        return type(self), (self.code, self.path, self.message)

    def as_dict(self) -> dict[str, str]:
        """The form in which `kokuho law` prints it."""
        return {"code": self.code, "path": self.path, "message": self.message}
