"""Reads of accounts and rights for those who administer and re-check them (AUTH-01, RIGHTS-05, -06, VENDOR-01).

Every function that `kokuho controls` or an auditor may ask stands here under a plain name: accounts without owner or end, double
accounts, leftovers, changes of a period, the state on a day, late tasks, whether the re-check is due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate
from django.http import QueryDict

from kokuho.core import parameters
from kokuho.core.access import Actor, catalogue
from kokuho.core.clock import JAPAN, midnight, months_later
from kokuho.core.models import AccountEvent, AccountTask, AuditRecord, Grant, RightsReview, Staff, Terminal, Unit
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing


def own_unit(by: Actor) -> int | None:
    """The unit to which the actor belongs."""
    return Staff.objects.filter(staff_no=by.staff_no).values_list("unit_id", flat=True).first()


@dataclass(frozen=True, slots=True)
class Leftover:
    """An account that should be looked at, and why."""

    staff: Staff
    why: str


def accounts_without_owner(by: Actor) -> list[Staff]:
    """Active accounts without a person's number, a name or an end date. The database refuses them: 0 rows."""
    by.require("staff.read")
    found = list(
        Staff.objects.filter(is_active=True).filter(Q(person_no="") | Q(name="") | Q(valid_until__isnull=True)).order_by("staff_no")
    )
    seen(by, "account.ownerless", row_count=len(found))
    return found


def double_accounts(by: Actor) -> list[tuple[str, list[Staff]]]:
    """Persons with more than one active account (of different classes), by 職員番号."""
    by.require("staff.read")
    held: defaultdict[str, list[Staff]] = defaultdict(list)
    for staff in Staff.objects.filter(is_active=True).select_related("unit").order_by("person_no", "staff_no"):
        held[staff.person_no].append(staff)
    found = [(person, accounts) for person, accounts in held.items() if len(accounts) > 1]
    seen(by, "account.double", row_count=len(found))
    return found


def leftover_accounts(by: Actor, *, on: date) -> list[Leftover]:
    """Accounts that outlived their reason: past their end but not abolished, unused, without any right, of a contractor who is no
    longer on the roster, with rights although abolished."""
    by.require("staff.read")
    from kokuho.core.models import ContractWorker

    days = parameters.value("rights.unused_days")
    limit = midnight(on) - timedelta(days=days)
    signed_in = AuditRecord.objects.filter(function="sign-in", operation="login", result="ok", at__gte=limit)
    everybody = Staff.objects.select_related("unit").order_by("staff_no").annotate(
        used=Exists(signed_in.filter(staff_no=OuterRef("staff_no"))),
        holding=Exists(Grant.objects.filter(staff_id=OuterRef("pk"), valid_until__gte=on)),
        rostered=Exists(ContractWorker.objects.filter(worker_no=OuterRef("person_no"), is_active=True, valid_until__gte=on)),
    )  # fmt: skip
    found: list[Leftover] = []
    for staff in everybody:
        if not staff.is_active:
            if staff.holding:
                found.append(Leftover(staff, "廃止されたIDに権限が残っている"))
            continue
        if staff.left_on is not None and staff.left_on < on:
            found.append(Leftover(staff, f"退職・離職した人（{staff.left_on}）のIDが有効になっている"))
        elif staff.valid_until < on:
            found.append(Leftover(staff, f"利用終了日（{staff.valid_until}）を過ぎたが廃止されていない"))
        elif staff.account_class == Staff.CONTRACTOR and not staff.rostered:
            found.append(Leftover(staff, "作業従事者名簿にない"))
        elif staff.valid_from <= limit.date() and not staff.used:
            found.append(Leftover(staff, f"{days}日以上使われていない"))
        elif not staff.holding:
            found.append(Leftover(staff, "権限が一つもない"))
    seen(by, "account.leftovers", row_count=len(found), detail={"on": on.isoformat()})
    return found


@dataclass(frozen=True, slots=True)
class RightsChange:
    """A right that was given, shortened or ended: what was before and after, who applied and who approved."""

    at: datetime
    staff_no: str
    name: str
    unit: str
    role: str
    before: str
    after: str
    applied_by: str
    approved_by: str
    reason: str


def _bounds(since: date, until: date) -> tuple[datetime, datetime]:
    begin = midnight(since)
    return begin, midnight(until) + timedelta(days=1)


def rights_changes(by: Actor, *, since: date, until: date) -> list[RightsChange]:
    """Every change of rights recorded in a period, both days included, in order: the list for the re-check (RIGHTS-06 a).

    Told from the history that the database's own triggers write, so a change by another hand is in it.
    """
    by.require("staff.read")
    events = apps.get_model("core", "GrantEvent").objects
    begin, end = _bounds(since, until)
    rows = list(events.filter(pgh_created_at__gte=begin, pgh_created_at__lt=end).order_by("pgh_created_at", "pgh_id"))
    former: dict[int, Any] = {}
    for event in events.filter(pgh_obj_id__in={row.pgh_obj_id for row in rows}, pgh_created_at__lt=begin).order_by("pgh_id"):
        former[event.pgh_obj_id] = event
    staff = {s.pk: s for s in Staff.objects.select_related("unit").filter(pk__in={row.staff_id for row in rows})}
    titles = {name: entry["title"] for name, entry in catalogue()["roles"].items()}
    names = staff_names(n for row in rows for n in (row.applied_by, row.approved_by))
    found = []
    for row in rows:
        before = former.get(row.pgh_obj_id)
        who = staff[row.staff_id]
        found.append(
            RightsChange(
                row.pgh_created_at, who.staff_no, who.name, who.unit.name, titles.get(row.role, row.role),
                f"{before.valid_from}〜{before.valid_until}" if before else "なし", f"{row.valid_from}〜{row.valid_until}",
                names[row.applied_by], names[row.approved_by], row.ended_by or row.reason,
            )
        )  # fmt: skip
        former[row.pgh_obj_id] = row
    seen(by, "rights.changes", row_count=len(found), detail={"since": since.isoformat(), "until": until.isoformat()})
    return found


@dataclass(frozen=True, slots=True)
class RightsState:
    """A right that was in force on a day."""

    unit: str
    staff_no: str
    name: str
    account_class: str
    role: str
    valid_from: date
    valid_until: date


def rights_state(by: Actor, *, on: date, today: date, own: bool = False) -> list[RightsState]:
    """All rights in force on a day, by unit and person, contractors included (RIGHTS-06 c). For a past day a replay of the history
    up to its end, so that what was shortened later still shows as it stood, in the unit of that day. `own`: of the reader's unit only."""
    by.require("staff.read")
    rows: dict[int, Any] = {}
    units: dict[int, Unit] = {}
    if on >= today:
        rows = {grant.pk: grant for grant in Grant.objects.all()}
    else:
        end = _bounds(on, on)[1]
        events = apps.get_model("core", "GrantEvent").objects.filter(pgh_created_at__lt=end)
        for event in events.order_by("pgh_id").iterator(chunk_size=5000):
            rows[event.pgh_obj_id] = event
        known = Unit.objects.in_bulk()
        then = apps.get_model("core", "StaffEvent").objects.filter(pgh_created_at__lt=end).order_by("pgh_id")
        units = {staff_id: known[unit_id] for staff_id, unit_id in then.values_list("pgh_obj_id", "unit_id")}
    standing = [row for row in rows.values() if row.valid_from <= on <= row.valid_until]
    staff = {s.pk: s for s in Staff.objects.select_related("unit").filter(pk__in={event.staff_id for event in standing})}
    for number, member in staff.items():
        member.unit = units.get(number, member.unit)
    titles = {name: entry["title"] for name, entry in catalogue()["roles"].items()}
    classes, unit = dict(Staff.CLASSES), own_unit(by) if own else None
    found = sorted(
        (
            RightsState(
                who.unit.name, who.staff_no, who.name, classes[who.account_class], titles.get(event.role, event.role),
                event.valid_from, event.valid_until,
            )
            for event in standing
            if (who := staff[event.staff_id]) and (not own or who.unit_id == unit)
        ),
        key=lambda row: (row.unit, row.staff_no, row.role),
    )  # fmt: skip
    seen(by, "rights.state", row_count=len(found), detail={"on": on.isoformat()})
    return found


@dataclass(frozen=True, slots=True)
class ReviewState:
    """When rights were last re-checked and until when they are to be re-checked again (RIGHTS-06)."""

    last: RightsReview | None
    due_on: date
    overdue: bool


def review_state(by: Actor, *, on: date) -> ReviewState:
    """Whether the re-check of rights is in time."""
    by.require("staff.read")
    last = RightsReview.objects.order_by("-reviewed_on", "-pk").first()
    first = Grant.objects.order_by("valid_from").values_list("valid_from", flat=True).first()
    due_on = months_later(last.reviewed_on if last else first or on, parameters.value("rights.review_months"))
    seen(by, "rights.review", row_count=1)
    return ReviewState(last, due_on, on > due_on)


def changes_to_check(by: Actor, *, until: date) -> list[tuple[date, int]]:
    """Days with changes of rights since the last re-check, each with their number, newest first: the daily reports that nobody has
    checked yet (setting `rights.change_report`; none where it is off). `until`: the last day on which something may be recorded."""
    by.require("staff.read")
    if not parameters.value("rights.change_report"):
        return []
    last = RightsReview.objects.order_by("-period_until").values_list("period_until", flat=True).first()
    events = apps.get_model("core", "GrantEvent").objects.filter(pgh_created_at__lt=_bounds(until, until)[1])
    if last is not None:
        events = events.filter(pgh_created_at__gte=_bounds(last, last)[1])
    days = events.annotate(day=TruncDate("pgh_created_at", tzinfo=JAPAN)).values("day").annotate(n=Count("pk")).order_by("-day")
    found = [(row["day"], row["n"]) for row in days]
    seen(by, "rights.unchecked", row_count=len(found))
    return found


def reviews(by: Actor) -> list[RightsReview]:
    """The re-checks that were carried out, newest first, at most 60."""
    by.require("staff.read")
    found = list(RightsReview.objects.order_by("-reviewed_on", "-pk")[:60])
    seen(by, "rights.reviews", row_count=len(found))
    return found


def open_tasks(by: Actor, *, on: date) -> list[tuple[AccountTask, bool]]:
    """Terminal accounts whose stop nobody has confirmed, and whether the time for it is over (RIGHTS-05)."""
    by.require("staff.read")
    limit = on - timedelta(days=parameters.value("rights.task_alert_days"))
    found = [(task, task.opened_on < limit) for task in AccountTask.objects.filter(done_at__isnull=True).order_by("opened_on", "pk")]
    seen(by, "account.tasks", row_count=len(found))
    return found


@dataclass(frozen=True, slots=True)
class StaffDetail:
    """One account with everything about it."""

    staff: Staff
    grants: list[tuple[Grant, str, str]]  # with the role's title and its state: in force, to come, over
    events: list[AccountEvent]
    own_unit: bool


def staff_detail(by: Actor, staff_no: str, *, on: date) -> StaffDetail:
    """One account: rights of all times, what other people did to it. Raises DoesNotExist."""
    by.require("staff.read")
    staff = Staff.objects.select_related("unit").get(staff_no=staff_no)
    roles = catalogue()["roles"]

    def state(grant: Grant) -> str:
        if grant.valid_until < grant.valid_from or grant.valid_until < on:
            return "over"
        return "coming" if grant.valid_from > on else "now"

    grants = [
        (grant, roles.get(grant.role, {}).get("title", grant.role), state(grant))
        for grant in Grant.objects.filter(staff=staff).order_by("-valid_until", "role")
    ]
    events = list(AccountEvent.objects.filter(staff_no=staff_no).order_by("-at")[:50])
    seen(by, "staff.detail", row_count=1, detail={"account": staff_no})
    return StaffDetail(staff, grants, events, own_unit(by) == staff.unit_id)


TERMINAL_COLUMNS = (
    Column("code", "端末ID", ("code",)),
    Column("kind", "種類", ("kind",)),
    Column("place", "設置場所", ("place",)),
    Column("unit", "所属", ("unit__code", "code")),
    Column("network", "IPアドレスの範囲"),
    Column("printer", "プリンター"),
    Column("key", "鍵"),
    Column("valid_until", "利用終了", ("valid_until",)),
    Column("seen", "最後の利用", ("seen_on",)),
)


def terminal_list(by: Actor, params: QueryDict) -> Listing[Terminal]:
    """The register of terminals."""
    by.require("staff.read")
    found: Listing[Terminal] = lists.listing(
        params,
        Terminal.objects.select_related("unit"),
        columns=TERMINAL_COLUMNS,
        filters=(
            lists.Filter("code", "端末ID", lambda q, v: q.filter(code__startswith=v)),
            lists.choice("kind", "種類", "kind", Terminal.KINDS),
            lists.choice("active", "状態", "is_active", (("True", "利用可"), ("False", "廃止")), default="True"),
        ),
        order=("code",),
    )
    seen(by, "terminal.list", row_count=len(found.rows))
    return found


def units(by: Actor) -> list[tuple[Unit, list[str], int]]:
    """Units with the titles of the roles they may hold and how many active accounts they have."""
    by.require("staff.read")
    roles = catalogue()["roles"]
    counts: defaultdict[int, int] = defaultdict(int)
    for unit_id in Staff.objects.filter(is_active=True).values_list("unit_id", flat=True):
        counts[unit_id] += 1
    found = [(u, [roles.get(r, {}).get("title", r) for r in u.roles], counts[u.pk]) for u in Unit.objects.order_by("code")]
    seen(by, "unit.list", row_count=len(found))
    return found


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """A 事務 of the purpose table with the items it may see and whether the municipality changed it."""

    duty: str
    basis: str
    my_number: bool
    items: Sequence[str]
    changed: bool


def purpose_rows(by: Actor) -> tuple[int, list[PurposeRow]]:
    """The purpose table in force and its version (RIGHTS-03)."""
    from kokuho.core.access import duties, items, purpose_table

    by.require("staff.read")
    now, words, changed = parameters.current(), items(), parameters.value("rights.purposes")
    rows = [
        PurposeRow(
            duty, entry["basis"], bool(entry.get("my_number")), [words[item] for item in words if item in table], duty in changed
        )
        for (duty, entry), table in zip(duties().items(), purpose_table().values(), strict=True)
    ]
    seen(by, "rights.purposes", row_count=len(rows), detail={"table": now.number})
    return now.number, rows
