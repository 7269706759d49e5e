"""宛名番号 of the office's own range: for persons outside the register and for corporations. Never one of the register's."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from django.db import connection

from kokuho.core.coded import CodedError
from kokuho.core.models import Municipality

_LOCK = 0x6B6F_6E01


class NumberingError(CodedError):
    """No number can be given. `code` is stable."""


@cache
def _default() -> tuple[int, int]:
    read = yaml.safe_load(files("kokuho.desks.people").joinpath("data", "numbers.yaml").read_text("utf-8"))
    first, last = read["outside_numbers"]
    return first, last


def own_range() -> tuple[int, int]:
    """First and last number of the range, from the municipality's setting `outside_numbers` or the product's own."""
    settings = Municipality.objects.values_list("settings", flat=True).first() or {}
    first, last = settings.get("outside_numbers") or _default()
    return int(first), int(last)


def next_number() -> int:
    """The next free number; one taker at a time until the transaction ends. Raises `NumberingError` A20 when the range is used up
    and A21 when a person of the register stands in it."""
    first, last = own_range()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        cursor.execute(
            """
            SELECT max(atena_no), bool_or(foreign_number) FROM (
                SELECT atena_no, resident_kind <> '3' AS foreign_number FROM people_person WHERE atena_no BETWEEN %(first)s AND %(last)s
                 UNION ALL SELECT atena_no, false FROM people_corporation WHERE atena_no BETWEEN %(first)s AND %(last)s) n
            """,
            {"first": first, "last": last},
        )
        highest, foreign = cursor.fetchone()
    if foreign:
        raise NumberingError("A21", "住登外の番号の範囲に住民記録の番号があります。設定 outside_numbers を確かめてください。")
    number: int = first if highest is None else highest + 1
    if number > last:
        raise NumberingError("A20", "住登外の番号の範囲を使い切りました。設定 outside_numbers を広げてください。")
    return number
