"""In a view of the past, links and lists lead on to the past: the dates are added to every address that can be asked for them."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from kokuho.core.screens.asof import AsOf
from kokuho.core.screens.guard import declaration

_MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
_TAG = re.compile(r"<[a-z][^>]*>")
_ADDRESS = re.compile(r'\b(href|hx-get)="(/[^"#?]*)(?:\?([^"#]*))?(#[^"]*)?"')


def carry(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response with the dates of its request in its links; untouched when the request is about now."""
    when: AsOf | None = getattr(request, "asof", None)
    if when is None or not when.past or response.streaming:
        return response
    if (location := response.headers.get("Location")) is not None:
        response.headers["Location"] = _with_dates(location, when)
    elif response.headers.get("Content-Type", "").startswith("text/html"):
        page = response.content.decode(response.charset)
        main = _MAIN.search(page)
        start, end = main.span() if main else (0, len(page))
        carried = page[:start] + _TAG.sub(lambda tag: _carried(tag[0], when), page[start:end]) + page[end:]
        response.content = carried.encode(response.charset)
    return response


def _carried(tag: str, when: AsOf) -> str:
    if " data-now" in tag:
        return tag
    if tag.startswith("<form"):
        hidden = (f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in when.dates.items())
        return tag + "".join(hidden) if 'method="get"' in tag else tag

    def address(found: re.Match[str]) -> str:
        name, path, query, mark = found.groups(default="")
        if not opens_past(path):
            return found[0]
        return f'{name}="{escape(_with_dates(f"{path}?{_plain(query)}", when))}{mark}"'

    return _ADDRESS.sub(address, tag)


def _plain(query: str) -> str:
    return query.replace("&amp;", "&")


def _with_dates(address: str, when: AsOf) -> str:
    path, _, query = address.partition("?")
    if not opens_past(path):
        return address
    given = parse_qsl(query, keep_blank_values=True)
    missing = [pair for pair in when.dates.items() if pair[0] not in dict(given)]
    return f"{path}?{urlencode([*given, *missing])}"


def opens_past(path: str) -> bool:
    """Whether an address leads to a screen that can be asked for a past day."""
    try:
        return _declares(resolve(path).func)
    except Resolver404:
        return False


@cache
def _declares(view: object) -> bool:
    declared = declaration(view)  # type: ignore[arg-type]
    return declared is not None and declared.past
