"""Reads of the register of online applications."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.models import Entry
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.exchange import online_forms
from kokuho.exchange.models import ApplicationMatch, ReceivedApplication


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application in words, with the person it was matched with or the entry that waits."""

    application: ReceivedApplication
    form_title: str
    taken_name: str
    match: ApplicationMatch | None
    waiting: int | None

    @property
    def state_label(self) -> str:
        """受付・未照合 …"""
        if self.match is not None:
            return "受理"
        return "照合の確認待ち" if self.waiting else str(self.application.get_state_display())


def application(by: Actor, row: ReceivedApplication) -> ApplicationRow:
    """One application with how far it has come."""
    by.require("application.take")
    match = ApplicationMatch.objects.filter(application=row).first()
    waiting = Entry.objects.filter(kind="application.accept", state=Entry.PENDING, payload__application=row.pk)
    form = online_forms.catalogue().get(row.form)
    seen(by, "exchange.application", persons=[match.atena_no] if match else [], row_count=1, detail={"application": row.pk})
    return ApplicationRow(
        row, form.title if form else "不明", staff_names([row.taken_by])[row.taken_by], match,
        waiting.values_list("pk", flat=True).first(),
    )  # fmt: skip


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
