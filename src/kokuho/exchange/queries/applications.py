"""Reads of the register of online applications."""

from __future__ import annotations

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.exchange.models import ReceivedApplication

COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("reception", "受付番号（電子申請）", ("reception_no", "pk")),
    Column("file_name", "ファイル名", ("file_name",)),
    Column("parts", "中のファイル", numeric=True),
    Column("state", "状態", ("state", "-pk")),
    Column("message", "止めた理由"),
    Column("taken_at", "受付", ("taken_at",)),
)


def applications(by: Actor, params: QueryDict) -> Listing[ReceivedApplication]:
    """Files of online applications, newest first."""
    by.require("application.take")
    found: Listing[ReceivedApplication] = lists.listing(
        params,
        ReceivedApplication.objects.all(),
        columns=COLUMNS,
        filters=(lists.choice("state", "状態", "state", ReceivedApplication.STATES),),
        order=("-pk",),
    )
    seen(by, "exchange.applications", row_count=len(found.rows))
    return found
