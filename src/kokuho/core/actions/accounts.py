"""Accounts, rights, units, terminals and extensions on application: the kinds of entry, and what each does when approved.

The head of a unit applies for the unit's own staff (`rights.apply`), the system administrator for accounts, units and terminals
(`account.manage`); another person approves (`rights.approve`). No setting frees these kinds from four eyes (RIGHTS-04).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from kokuho.core import access, conduct, entries, factors, parameters
from kokuho.core.access import Actor
from kokuho.core.actions import leaving, places
from kokuho.core.actions.applying import (
    ID,
    AccountError,
    day_of,
    not_oneself,
    own_staff_only,
    period_of,
    staff_of,
    unit_of,
)
from kokuho.core.actions.entries import submit
from kokuho.core.actions.staff import GRANT
from kokuho.core.clock import months_later
from kokuho.core.models import Entry, FactorCredential, Grant, Staff, Unit
from kokuho.core.vendors import contractor_problem

REGISTER, CHANGE, END, UNIT, EXTEND = "account.register", "account.change", "rights.end", "unit.change", "access.extension"
TERMINAL, TERMINAL_END, FACTOR = "terminal.register", "terminal.end", "factor.register"


def apply_for(
    *, by: Actor, on: date, kind: str, title: str, reason: str, evidence: Mapping[str, Any] | None = None, **payload: Any
) -> Entry:
    """Apply for something of this module. Dates and moments in `payload` are ISO texts.

    Raises `AccountError` RIGHTS-REASON without a reason, what the kind's check refuses, and what `submit` raises.
    """
    if not reason.strip():
        raise AccountError("RIGHTS-REASON", "申請の理由を入力してください。")
    return submit(by=by, on=on, kind=kind, title=title, payload=payload, reason=reason, evidence=evidence)


# --- accounts -----------------------------------------------------------------------------------------------------------


def _check_register(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    first, last = period_of(payload, on)
    for name, words in (("staff_no", "利用者ID"), ("person_no", "職員番号・作業従事者番号")):
        try:
            ID(str(payload.get(name, "")))
        except ValidationError:
            raise AccountError("AUTH-01-OWNER", f"{words}を英数字で入力してください。持ち主のないIDは登録できません。") from None
    if not str(payload.get("name", "")).strip():
        raise AccountError("AUTH-01-OWNER", "氏名を入力してください。")
    account_class = payload.get("account_class")
    if account_class not in dict(Staff.CLASSES):
        raise AccountError("AUTH-01-CLASS", "IDの種類を選んでください。")
    if Staff.objects.filter(staff_no=payload["staff_no"]).exists():
        raise AccountError("AUTH-01-TAKEN", "この利用者IDは使われています。廃止されたIDも再び使うことはできません。")
    if Staff.objects.filter(person_no=payload["person_no"], account_class=account_class, is_active=True).exists():
        raise AccountError("AUTH-01-SECOND", "この人には同じ種類の有効なIDが既にあります。一人に一つです。")
    longest = months_later(first, parameters.value("auth.account_months"))
    if last > longest:
        raise AccountError("AUTH-01-PERIOD", f"利用期間は{longest:%Y-%m-%d}までにしてください（設定 auth.account_months）。")
    unit_of(str(payload.get("unit", "")))
    if account_class == Staff.CONTRACTOR and (problem := contractor_problem(payload["person_no"], first, last)):
        raise AccountError("VENDOR-01", problem)


def _lines_register(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    told, unit = entry.payload, Unit.objects.filter(code=entry.payload.get("unit")).first()
    return [
        entries.Line("利用者ID", "", told["staff_no"], "廃止しても別の人には使わせない"),
        entries.Line("職員番号・作業従事者番号", "", told["person_no"]),
        entries.Line("氏名", "", f"{told['name']}　{told.get('name_kana', '')}".strip()),
        entries.Line("IDの種類", "", dict(Staff.CLASSES)[told["account_class"]]),
        entries.Line("所属", "", unit.name if unit else told["unit"]),
        entries.Line("利用期間", "", f"{told['valid_from']} 〜 {told['valid_until']}", "権限はない。所属長が別に申請する"),
    ]


def _apply_register(by: Actor, on: date, entry: Entry) -> None:
    told = entry.payload
    staff = Staff(
        staff_no=told["staff_no"], person_no=told["person_no"], name=told["name"].strip(), name_kana=told.get("name_kana", "").strip(),
        account_class=told["account_class"], unit=unit_of(told["unit"]), valid_from=day_of(told, "valid_from"),
        valid_until=day_of(told, "valid_until"), must_change_password=True,
    )  # fmt: skip
    staff.set_unusable_password()
    staff.save(force_insert=True)


def _check_change(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    staff = staff_of(str(payload.get("staff_no", "")))
    not_oneself(by, staff)
    unit_of(str(payload.get("unit", "")))
    last = day_of(payload, "valid_until")
    if last < staff.valid_from or last > months_later(on, parameters.value("auth.account_months")):
        raise AccountError("AUTH-01-PERIOD", "利用終了日が開始日より前か、IDの利用期間の上限を超えています。")
    if payload.get("is_active"):
        same = Staff.objects.filter(person_no=staff.person_no, account_class=staff.account_class, is_active=True).exclude(pk=staff.pk)
        if same.exists():
            raise AccountError("AUTH-01-SECOND", "この人には同じ種類の有効なIDが既にあります。")
        if staff.account_class == Staff.CONTRACTOR and (problem := contractor_problem(staff.person_no, on, last)):
            raise AccountError("VENDOR-01", problem)


def _lines_change(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    told, staff = entry.payload, staff_of(entry.payload["staff_no"])
    use = {True: "利用できる", False: "利用できない（廃止）"}
    after = unit_of(told["unit"])
    note = "元の所属の権限は前の日で失効する。端末アカウントの停止を確かめる" if after.pk != staff.unit_id else ""
    return [
        entries.Line("所属", staff.unit.name, after.name, note),
        entries.Line("利用終了日", f"{staff.valid_until}", told["valid_until"]),
        entries.Line("利用", use[staff.is_active], use[bool(told.get("is_active"))]),
    ]


def _apply_change(by: Actor, on: date, entry: Entry) -> None:
    told, staff = entry.payload, staff_of(entry.payload["staff_no"])
    moved = staff.unit_id != (unit := unit_of(told["unit"])).pk
    staff.unit, staff.valid_until, staff.is_active = unit, day_of(told, "valid_until"), bool(told.get("is_active"))
    staff.save(update_fields=["unit", "valid_until", "is_active"])
    if moved or not staff.is_active:
        leaving.revoke(staff, on=on, why=entry.reason, origin=f"entry:{entry.pk}")


def _check_factor(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    staff = staff_of(str(payload.get("staff_no", "")))
    not_oneself(by, staff)
    period_of(payload, on)
    if payload.get("factor") not in ("ic_card", "biometric") or not str(payload.get("reference", "")).strip():
        raise AccountError("AUTH-02-FACTOR", "手段と照合の番号を入力してください。")
    if FactorCredential.objects.filter(factor=payload["factor"], reference=payload["reference"], is_active=True).exists():
        raise AccountError("AUTH-02-FACTOR", "この照合の番号は既に登録されています。")


def _lines_factor(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    told = entry.payload
    return [
        entries.Line("利用者ID", "", told["staff_no"]),
        entries.Line("手段", "", factors.label(told["factor"])),
        entries.Line("照合の番号", "", told["reference"]),
        entries.Line("期間", "", f"{told['valid_from']} 〜 {told['valid_until']}"),
    ]


def _apply_factor(by: Actor, on: date, entry: Entry) -> None:
    told = entry.payload
    staff = staff_of(told["staff_no"])
    FactorCredential.objects.filter(staff=staff, factor=told["factor"], is_active=True).update(is_active=False)
    FactorCredential.objects.create(
        staff=staff, factor=told["factor"], reference=told["reference"].strip().replace(":", "").lower() if told["factor"] == "ic_card"
        else told["reference"].strip(), valid_from=day_of(told, "valid_from"), valid_until=day_of(told, "valid_until"),
        origin=f"entry:{entry.pk}",
    )  # fmt: skip


# --- rights -------------------------------------------------------------------------------------------------------------


def _check_grant(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    staff, wanted = staff_of(str(payload.get("staff_no", ""))), list(payload.get("roles") or ())
    first, last = period_of(payload, on)
    not_oneself(by, staff)
    known = access.catalogue()["roles"]
    if not wanted or set(wanted) - set(known):
        raise AccountError("RIGHTS-ROLE", "役割を選んでください。")
    own_staff_only(by, staff)
    if more := set(wanted) - set(staff.unit.roles):
        titles = "、".join(known[role]["title"] for role in sorted(more))
        raise AccountError("RIGHTS-07-MORE", f"{staff.unit.name}に認められていない役割です（{titles}）。所属の役割を先に申請してください。")
    for role in wanted:
        if staff.account_class not in known[role].get("classes", (*dict(Staff.CLASSES),)):
            title, kind = known[role]["title"], dict(Staff.CLASSES)[staff.account_class]
            raise AccountError("RIGHTS-02", f"「{title}」は{kind}のIDには付けられません。")
    if not staff.is_active or last > staff.valid_until:
        raise AccountError("RIGHTS-05", f"権限の終了日は、IDの利用終了日（{staff.valid_until}）までにしてください。")
    held = Grant.objects.filter(staff__person_no=staff.person_no, valid_until__gte=first, valid_from__lte=last)
    if again := held.filter(staff=staff, role__in=wanted).first():
        raise AccountError("RIGHTS-AGAIN", f"「{known[again.role]['title']}」の権限は期間が重なります。")
    if together := access.conflict({*wanted, *held.values_list("role", flat=True)}):
        raise AccountError("RIGHTS-07-EXCLUSIVE", together)
    if lacks := conduct.training_blocks(staff.staff_no, on=on):
        titles = "、".join(lack.title for lack in lacks)
        raise AccountError("OPS-03-TRAINING", f"{staff.name}は期限内の研修（{titles}）を受けていません。受けてから申請してください。")


def _lines_grant(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    told, table = entry.payload, access.catalogue()
    staff = staff_of(told["staff_no"])
    held = "、".join(_titles(Grant.objects.filter(staff=staff, valid_from__lte=on, valid_until__gte=on)))
    lines = [entries.Line("利用者", "", f"{staff.staff_no}　{staff.name}（{staff.unit.name}）")]
    for role in told["roles"]:
        can = "、".join(table["capabilities"][item] for item in table["roles"][role]["may"])
        lines.append(entries.Line("役割", held or "なし", table["roles"][role]["title"], f"できること: {can}"))
    lines.append(entries.Line("期間", "", f"{told['valid_from']} 〜 {told['valid_until']}"))
    return lines


def _titles(grants: Any) -> list[str]:
    roles = access.catalogue()["roles"]
    return [roles.get(role, {}).get("title", role) for role in grants.values_list("role", flat=True)]


def _apply_grant(by: Actor, on: date, entry: Entry) -> None:
    told, staff = entry.payload, staff_of(entry.payload["staff_no"])
    # What was approved late begins when it is approved.
    first = max(day_of(told, "valid_from"), on)
    Grant.objects.bulk_create(
        Grant(
            staff=staff, role=role, valid_from=first, valid_until=day_of(told, "valid_until"), applied_by=entry.entered_by,
            approved_by=entry.decided_by, reason=entry.reason, entry=entry,
        )
        for role in told["roles"]
    )  # fmt: skip


def _grant(payload: Mapping[str, Any]) -> Grant:
    found = Grant.objects.select_related("staff__unit").filter(pk=payload.get("grant_id") or 0).first()
    if found is None:
        raise AccountError("RIGHTS-GRANT", "その権限はありません。")
    return found


def _check_end(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    grant, last = _grant(payload), day_of(payload, "last_day")
    not_oneself(by, grant.staff)
    own_staff_only(by, grant.staff)
    if not grant.valid_from <= last < grant.valid_until:
        raise AccountError("RIGHTS-PERIOD", "最後の日は、権限の期間の中で、今の終了日より前にしてください。")


def _lines_end(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    grant = _grant(entry.payload)
    title = access.catalogue()["roles"].get(grant.role, {}).get("title", grant.role)
    return [
        entries.Line("利用者", f"{grant.staff.staff_no}　{grant.staff.name}", f"{grant.staff.staff_no}　{grant.staff.name}"),
        entries.Line(f"「{title}」の最後の日", f"{grant.valid_until}", entry.payload["last_day"]),
    ]


def _apply_end(by: Actor, on: date, entry: Entry) -> None:
    Grant.objects.filter(pk=_grant(entry.payload).pk).update(
        valid_until=day_of(entry.payload, "last_day"), ended_by=f"entry:{entry.pk}"
    )


def register_kinds() -> None:
    """Make the kinds of entry known; called when the groundwork is ready."""
    apply, manage = "rights.apply", "account.manage"
    table: tuple[tuple[str, str, str, str, Callable[..., None], Callable[..., list[entries.Line]], Callable[..., None]], ...] = (
        (GRANT, "権限の付与", apply, "staff_no roles valid_from valid_until", _check_grant, _lines_grant, _apply_grant),
        (END, "権限の廃止", apply, "grant_id last_day", _check_end, _lines_end, _apply_end),
        (EXTEND, "時間外の利用", apply, "staff_no starts ends", places.check_extension, places.lines_extension, places.apply_extension),
        (REGISTER, "利用者IDの登録", manage, "staff_no person_no name name_kana account_class unit valid_from valid_until",
         _check_register, _lines_register, _apply_register),
        (CHANGE, "利用者IDの変更", manage, "staff_no unit valid_until is_active", _check_change, _lines_change, _apply_change),
        (FACTOR, "外部の認証手段の登録", manage, "staff_no factor reference valid_from valid_until", _check_factor, _lines_factor,
         _apply_factor),
        (UNIT, "所属の設定", manage, "code name roles opens closes areas", places.check_unit, places.lines_unit, places.apply_unit),
        (TERMINAL, "端末の登録", manage, "code place unit sort network printer certificate valid_from valid_until", places.check_terminal,
         places.lines_terminal, places.apply_terminal),
        (TERMINAL_END, "端末の廃止", manage, "code", places.check_terminal_end, places.lines_terminal_end, places.apply_terminal_end),
    )  # fmt: skip
    for code, label, enter, items, check, lines, apply_ in table:
        entries.register(
            entries.EntryKind(
                code=code, label=label, enter=enter, confirm="rights.approve", items=frozenset(items.split()), check=check,
                lines=lines, apply=apply_, always=True,
            )
        )  # fmt: skip
