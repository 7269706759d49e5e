"""What the address of a page asks: a page answers only when it knows every word of the question (ENTRY-01).

A view does not say which parameters it reads: reading tells. Pages of signing in, where one page hands its question on to the
next, know `next` besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict

from kokuho.web import formseal
from kokuho.web.formseal import FormRefused

LONGEST = 500
# Sent along by parts of pages that are asked for with all that stands in a form.
_FRAME = frozenset({formseal.NAME, formseal.CSRF})


class Asked(QueryDict):
    """The parameters of an address, with the names that were read: as one value, or as many."""

    one: set[str]
    many: set[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.one, self.many = set(), set()
        super().__init__(*args, **kwargs)

    def __getitem__(self, key: str) -> Any:
        self.one.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.one.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, default: Any = None) -> list[Any]:
        self.many.add(key)
        return super().getlist(key, default)

    def items(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        """Taking everything is not reading: what a page does not know by name it does not know."""
        for name, values in self.lists():
            yield name, values[-1] if values else []

    def dict(self) -> dict[str, Any]:
        """The same."""
        return dict(self.items())


def watch(request: HttpRequest) -> None:
    """From now on what is read of the address is known. Raises FormRefused for a value that no field of a list takes."""
    if any(len(value) > LONGEST for _, values in request.GET.lists() for value in values):
        raise FormRefused("ASK-LONG", "長すぎる条件が含まれているため、表示しませんでした。")
    read = Asked("", mutable=True, encoding=request.GET.encoding)
    for name, values in request.GET.lists():
        read.setlist(name, values)
    read._mutable = False
    request.GET = read  # type: ignore[assignment]


def check(request: HttpRequest, response: HttpResponseBase, *, entrance: bool) -> None:
    """Raises FormRefused when a page has answered a question of which it did not read every word."""
    asked = request.GET
    if not isinstance(asked, Asked) or request.method not in ("GET", "HEAD"):
        return
    if response.status_code != 200 or getattr(request, "asks_first", False):
        return
    given = {name: len(values) for name, values in asked.lists() if name not in _FRAME and not (entrance and name == "next")}
    if given.keys() - asked.one - asked.many:
        raise FormRefused("ASK-FIELD", "この画面にない条件が含まれているため、表示しませんでした。")
    if any(count > 1 and name not in asked.many for name, count in given.items()):
        raise FormRefused("ASK-TWICE", "1つだけ指定する条件が2つ以上含まれているため、表示しませんでした。")
