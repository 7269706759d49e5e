"""開示・訂正・利用停止: a request, the decision of a second person, the print of everything held, and what is no longer used (OPS-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.http import QueryDict

from kokuho.core import audit, conduct, dossier, printing, vault
from kokuho.core.access import Actor, items
from kokuho.core.coded import CodedError
from kokuho.core.dossier import Table, Value
from kokuho.core.models import AuditRecord, DisclosureRequest, Extract, UseSuspension
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing

# Nobody's own data beyond their number: the search of a clerk, the list of an order. The accesses are printed when asked for.
ROWS_OF_A_TABLE = 2000
ACCESSES = 1000


class DisclosureError(CodedError):
    """Refused. `code` is stable."""


@transaction.atomic
def receive(
    *, by: Actor, on: date, kind: str, atena_no: int, requester: str, identity: str, received_on: date, scope: str,
    with_accesses: bool = False,
) -> DisclosureRequest:  # fmt: skip
    """Enter a request. Needs `disclosure.manage`. `DisclosureError` OPS-06-ENTRY when something is missing."""
    by.require("disclosure.manage")
    known = kind in dict(DisclosureRequest.KINDS) and requester in dict(DisclosureRequest.REQUESTERS)
    if not known or not identity.strip() or not scope.strip() or received_on > on or atena_no < 1:
        raise DisclosureError("OPS-06-ENTRY", "請求の種類、宛名番号、請求者、本人確認の方法、受付日、請求の内容を入力してください。")
    made = DisclosureRequest.objects.create(
        kind=kind, atena_no=atena_no, requester=requester, identity=identity.strip(), received_on=received_on, scope=scope.strip(),
        due_on=received_on + timedelta(days=conduct.raw()["disclosure"]["decide_days"]), with_accesses=with_accesses,
        registered_by=by.staff_no,
    )  # fmt: skip
    audit.record(by, function="disclosure.receive", operation="add", persons=[atena_no], detail={"request": made.pk})
    return made


@transaction.atomic
def propose(
    *, by: Actor, request_id: int, proposal: str, withheld: Sequence[tuple[str, str]] = (), item: str = ""
) -> DisclosureRequest:
    """Propose a decision: the tables to withhold with a reason each, the item to suspend. Needs `disclosure.manage`.

    `DisclosureError`: OPS-06-STATE decided already, OPS-06-PROPOSAL incomplete.
    """
    by.require("disclosure.manage")
    request = DisclosureRequest.objects.select_for_update().get(pk=request_id)
    if request.state not in (DisclosureRequest.OPEN, DisclosureRequest.PROPOSED):
        raise DisclosureError("OPS-06-STATE", "この請求は既に決定されています。")
    if not proposal.strip() or any(dossier.table(code) is None or not why.strip() for code, why in withheld):
        raise DisclosureError("OPS-06-PROPOSAL", "決定案と、不開示とする部分ごとの理由を入力してください。")
    if request.kind == DisclosureRequest.SUSPEND and item not in items():
        raise DisclosureError("OPS-06-PROPOSAL", "利用を停止する情報項目を選んでください。")
    request.proposal, request.withheld, request.item = proposal.strip(), [list(pair) for pair in withheld], item
    request.state = DisclosureRequest.PROPOSED
    request.save(update_fields=["proposal", "withheld", "item", "state"])
    audit.record(by, function="disclosure.propose", operation="propose", persons=[request.atena_no], detail={"request": request_id})
    return request


@transaction.atomic
def decide(*, by: Actor, on: date, request_id: int, grant: bool, reason: str) -> DisclosureRequest:
    """Decide a proposed request; a granted suspension takes effect at once. Needs `disclosure.approve`.

    `DisclosureError`: OPS-06-STATE, OPS-06-SELF the one who entered it, OPS-06-REASON.
    """
    by.require("disclosure.approve")
    request = DisclosureRequest.objects.select_for_update().get(pk=request_id)
    if request.state != DisclosureRequest.PROPOSED:
        raise DisclosureError("OPS-06-STATE", "決定を待っている請求ではありません。")
    if by.is_person(request.registered_by):
        audit.record(by, function="disclosure.decide", operation="refuse", result="refused", detail={"request": request_id})
        raise DisclosureError("OPS-06-SELF", "受け付けた本人は決定できません。別の職員が決定してください。")
    if not reason.strip():
        raise DisclosureError("OPS-06-REASON", "決定の理由を入力してください。")
    request.state = DisclosureRequest.GRANTED if grant else DisclosureRequest.REFUSED
    request.decided_by, request.decided_on, request.reason = by.staff_no, on, reason.strip()
    request.save(update_fields=["state", "decided_by", "decided_on", "reason"])
    standing = UseSuspension.objects.filter(atena_no=request.atena_no, item=request.item, lifted_on__isnull=True)
    if grant and request.kind == DisclosureRequest.SUSPEND and not standing.exists():
        UseSuspension.objects.create(request=request, atena_no=request.atena_no, item=request.item, since=on)
    audit.record(
        by, function="disclosure.decide", operation="approve" if grant else "return", persons=[request.atena_no], reason=reason[:200],
        detail={"request": request_id},
    )  # fmt: skip
    return request


@transaction.atomic
def lift(*, by: Actor, on: date, suspension_id: int) -> UseSuspension:
    """End a 利用停止. Needs `disclosure.approve`."""
    by.require("disclosure.approve")
    found = UseSuspension.objects.select_for_update().filter(pk=suspension_id, lifted_on__isnull=True).first()
    if found is None:
        raise DisclosureError("OPS-06-STATE", "解除できる利用停止ではありません。")
    found.lifted_on, found.lifted_by = on, by.staff_no
    found.save(update_fields=["lifted_on", "lifted_by"])
    audit.record(by, function="disclosure.lift", operation="update", persons=[found.atena_no], detail={"suspension": found.pk})
    return found


REQUEST_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("kind", "請求", ("kind", "pk")),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("requester", "請求者"),
    Column("received_on", "受付日", ("received_on",)),
    Column("due_on", "期限", ("due_on",)),
    Column("state", "状態", ("state", "pk")),
)


def requests(by: Actor, params: QueryDict) -> Listing[DisclosureRequest]:
    """Requests, newest first. Needs `disclosure.read`."""
    by.require("disclosure.read")
    found: Listing[DisclosureRequest] = lists.listing(
        params,
        DisclosureRequest.objects.all(),
        columns=REQUEST_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", DisclosureRequest.STATES),
            lists.choice("kind", "請求", "kind", DisclosureRequest.KINDS),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("-pk",),
    )
    seen(by, "disclosure.list", persons=[r.atena_no for r in found.rows])
    return found


def request(by: Actor, request_id: int) -> tuple[DisclosureRequest, Mapping[str, int], Sequence[UseSuspension]]:
    """A request, how many rows each table holds about the person, and what is suspended. Needs `disclosure.read`."""
    by.require("disclosure.read")
    found = DisclosureRequest.objects.get(pk=request_id)
    seen(by, "disclosure.request", persons=[found.atena_no], detail={"request": request_id})
    return found, dossier.counts(found.atena_no), list(UseSuspension.objects.filter(atena_no=found.atena_no).order_by("pk"))


@dataclass(frozen=True, slots=True)
class Part:
    """A table of the print: its rows, or why it is withheld."""

    table: Table
    rows: Sequence[Sequence[Value]]
    withheld: str
    more: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything held about one person, as it may be given to the requester."""

    request: DisclosureRequest
    parts: Sequence[Part]
    number: str
    copies: Sequence[tuple[Any, ...]]
    accesses: Sequence[AuditRecord]
    hidden: int


def print_out(by: Actor, request_id: int, *, protected: bool) -> Dossier:
    """The print of a granted disclosure, recorded as one. Needs `disclosure.manage`.

    `protected`: the person stands under 支援措置; where they are to be found is then left out for anybody but the person.
    `DisclosureError` OPS-06-STATE for a request that was not granted.
    """
    by.require("disclosure.manage")
    request = DisclosureRequest.objects.get(pk=request_id)
    if request.kind != DisclosureRequest.DISCLOSE or request.state != DisclosureRequest.GRANTED:
        raise DisclosureError("OPS-06-STATE", "開示の決定がありません。決定の後に印刷します。")
    hide = protected and request.requester != DisclosureRequest.SELF
    reasons = dict(request.withheld)
    parts, hidden = [], 0
    counted = dossier.counts(request.atena_no)
    for table in dossier.tables():
        number = counted.get(table.code, 0)
        if not number or table.kind == dossier.RECORD:
            continue
        if table.code in reasons:
            parts.append(Part(table, (), reasons[table.code], number))
            continue
        rows = [dossier.values(row, hide_places=hide) for row in table.rows(request.atena_no)[:ROWS_OF_A_TABLE]]
        hidden += sum(value.hidden for row in rows for value in row)
        parts.append(Part(table, rows, "", max(0, number - len(rows))))
    runs = AuditRecord.objects.filter(persons__contains=[request.atena_no], function="extract.run", result="ok").order_by("at")
    extracts = {e.pk: e for e in Extract.objects.filter(pk__in=[r.detail.get("extract") for r in runs])}
    copies = [
        (r.at, extracts[r.detail["extract"]].recipient, extracts[r.detail["extract"]].purpose)
        for r in runs if r.detail.get("extract") in extracts
    ]  # fmt: skip
    accesses: list[AuditRecord] = []
    if request.with_accesses:
        accesses = list(AuditRecord.objects.filter(persons__contains=[request.atena_no]).order_by("-at")[:ACCESSES])
    printing.printed(
        by, "disclosure.print", persons=[request.atena_no], row_count=sum(len(p.rows) for p in parts),
        case={"request": request_id, "tables": len(parts), "hidden": hidden},
    )  # fmt: skip
    return Dossier(request, parts, vault.masks([request.atena_no])[request.atena_no], copies, accesses, hidden)
