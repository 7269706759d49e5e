"""A form is taken once: sent again — a second press, the page before, a copied request — it changes nothing and leads to what it did.

The number of the form is put down before its view begins and stays when the view has changed anything; a form that was turned away,
previewed or in error may be sent again. Two at once wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from kokuho.core.access import Actor
from kokuho.core.models import FormReceipt


def take(request: HttpRequest, by: Actor, number: str) -> FormReceipt | Callable[[HttpResponseBase], None]:
    """The receipt of a form that has been taken before; else what closes this one with its answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('kokuho.form'), hashtext(%s))", [number])
    begun = _put_down(request, by, number)
    if begun is None:
        _let_go(number)
        return FormReceipt.objects.get(number=number)

    def close(response: HttpResponseBase) -> None:
        try:
            receipt = FormReceipt.objects.filter(number=number)
            if response.status_code < 400 and _changed(by, begun):
                receipt.update(result=_result(request, response))
            else:
                receipt.delete()
        finally:
            _let_go(number)

    return close


def _put_down(request: HttpRequest, by: Actor, number: str) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_formreceipt (number, staff_no, session, path, result) VALUES (%s, %s, %s, %s, '') "
            "ON CONFLICT (number) DO NOTHING RETURNING at",
            [number, by.staff_no, by.session, request.path[:200]],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _changed(by: Actor, begun: datetime) -> bool:
    """Whether anything was written since in this session, as the record of writes has it (LOG-03)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM core_writerecord WHERE staff_no = %s AND at >= %s AND session = %s)",
            [by.staff_no, begun, by.session],
        )
        return bool(cursor.fetchone()[0])


def _result(request: HttpRequest, response: HttpResponseBase) -> str:
    """Where the answer led; the page itself where it led nowhere; the page before where the answer was a print."""
    shown = response.headers.get("Content-Type", "").startswith("text/html")
    place = urlsplit(response.headers.get("Location") or (request.path if shown else request.headers.get("Referer", "")))
    return (place.path + (f"?{place.query}" if place.query else ""))[:500]


def _let_go(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtext('kokuho.form'), hashtext(%s))", [number])
