"""Units, terminals and hours of use: what applications about them check, show and write (AUTH-05, AUTH-07, RIGHTS-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from ipaddress import ip_network
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from kokuho.core import access, clock, entries, parameters, territory
from kokuho.core.access import Actor
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
from kokuho.core.models import Entry, Terminal, Unit, UseExtension
from kokuho.core.terminals import one_time_code


def check_unit(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    """What a unit may be."""
    code, opens, closes = str(payload.get("code", "")), str(payload.get("opens", "")), str(payload.get("closes", ""))
    try:
        ID(f"0{code}")
    except ValidationError:
        raise AccountError("RIGHTS-UNIT", "所属コードを英数字で入力してください。") from None
    if not str(payload.get("name", "")).strip():
        raise AccountError("RIGHTS-UNIT", "所属名を入力してください。")
    if set(payload.get("roles") or ()) - set(access.catalogue()["roles"]):
        raise AccountError("RIGHTS-ROLE", "役割が正しくありません。")
    if bool(opens) != bool(closes) or (opens and closes <= opens):
        raise AccountError("AUTH-07-HOURS", "利用時間は始まりと終わりを順に入力してください。空欄は共通の設定のとおりです。")
    if strange := set(payload.get("areas") or ()) - territory.areas(on):
        raise AccountError("RIGHTS-02-AREA", f"住所辞書にない行政区・支所・出張所です（{'、'.join(sorted(strange))}）。")
    for text in (opens, closes):
        if text:
            parameters.catalogue()["auth.hours.opens"].checked(text)


def lines_unit(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    """The unit before and after."""
    told, roles = entry.payload, access.catalogue()["roles"]
    now = Unit.objects.filter(code=told["code"]).first()

    def words(codes: Sequence[str]) -> str:
        return "、".join(roles.get(role, {}).get("title", role) for role in codes)

    return [
        entries.Line("所属名", now.name if now else "", told["name"], told["code"]),
        entries.Line("認める役割", words(now.roles) if now else "", words(told.get("roles") or [])),
        entries.Line(
            "利用時間", f"{now.opens}〜{now.closes}" if now and now.opens else "共通",
            f"{told['opens']}〜{told['closes']}" if told.get("opens") else "共通",
        ),
        entries.Line("管轄区域", "、".join(now.areas) or "全市" if now else "", "、".join(told.get("areas") or ()) or "全市",
                     "設定 rights.territory が「する」のとき、この区域の人だけを扱える"),
    ]  # fmt: skip


def apply_unit(by: Actor, on: date, entry: Entry) -> None:
    """Keep the unit."""
    told = entry.payload
    Unit.objects.update_or_create(
        code=told["code"],
        defaults={
            "name": told["name"].strip(), "roles": sorted(set(told.get("roles") or ())), "opens": told.get("opens", ""),
            "closes": told.get("closes", ""), "areas": sorted(set(told.get("areas") or ())),
        },
    )  # fmt: skip


def check_terminal(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    """What a terminal may be."""
    period_of(payload, on)
    unit_of(str(payload.get("unit", "")))
    try:
        ID(str(payload.get("code", "")))
        if payload.get("network"):
            ip_network(str(payload["network"]), strict=False)
    except (ValidationError, ValueError):
        raise AccountError("AUTH-05-TERMINAL", "端末IDは英数字で、IPアドレスの範囲は 10.1.2.0/24 のように入力してください。") from None
    if payload.get("sort") not in dict(Terminal.KINDS) or not str(payload.get("place", "")).strip():
        raise AccountError("AUTH-05-TERMINAL", "種類と設置場所を入力してください。")
    given = str(payload.get("certificate", "")).replace(":", "").lower()
    if given and (len(given) != 64 or set(given) - set("0123456789abcdef")):
        raise AccountError("AUTH-05-TERMINAL", "証明書の指紋は SHA-256 の16進64桁です。")
    if Terminal.objects.filter(code=payload["code"]).exists():
        raise AccountError("AUTH-05-TERMINAL", "この端末IDは登録されています。廃止された端末IDも再び使うことはできません。")


def lines_terminal(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    """The terminal to be registered."""
    told = entry.payload
    return [
        entries.Line("端末ID", "", told["code"]),
        entries.Line("設置場所・所属", "", f"{told['place']}　{unit_of(told['unit']).name}"),
        entries.Line("種類", "", dict(Terminal.KINDS)[told["sort"]]),
        entries.Line("IPアドレスの範囲", "", told.get("network", "") or "確かめない"),
        entries.Line("プリンター", "", told.get("printer", "") or "なし"),
        entries.Line("証明書の指紋", "", told.get("certificate", "") or "なし（登録コードで鍵を置く）"),
        entries.Line("期間", "", f"{told['valid_from']} 〜 {told['valid_until']}"),
    ]


def apply_terminal(by: Actor, on: date, entry: Entry) -> None:
    """Register the terminal."""
    told = entry.payload
    Terminal.objects.create(
        code=told["code"], place=told["place"].strip(), unit=unit_of(told["unit"]), kind=told["sort"], network=told.get("network", ""),
        printer=told.get("printer", "").strip(),
        certificate=told.get("certificate", "").replace(":", "").lower(), valid_from=day_of(told, "valid_from"),
        valid_until=day_of(told, "valid_until"), origin=f"entry:{entry.pk}",
    )  # fmt: skip


@transaction.atomic
def terminal_at_opening(
    *, code: str, place: str, unit: str, applied_by: str, approved_by: str, on: date, reason: str
) -> tuple[Terminal, str]:
    """The first terminal of an installation that is being opened, on the application of one and the approval of another person, with
    the code that puts its key there: without a terminal nobody could sign in to apply for one. Later terminals come by application.

    Raises `AccountError`: AUTH-05-TERMINAL once there is a terminal, or for what cannot be one; ENTRY-02 when both are one person.
    """
    if Terminal.objects.exists():
        raise AccountError("AUTH-05-TERMINAL", "登録された端末が既にあります。端末の登録は、画面「IDと権限の管理」から申請します。")
    if not applied_by or applied_by == approved_by:
        raise AccountError("ENTRY-02", "申請者と承認者は別の職員にしてください。")
    payload = {
        "code": code, "place": place, "unit": unit, "sort": Terminal.MANAGEMENT, "network": "", "certificate": "",
        "valid_from": on.isoformat(), "valid_until": date(clock.fiscal_year(on) + 2, 3, 31).isoformat(),
    }  # fmt: skip
    by = Actor(applied_by, "", "", frozenset(), "開設")
    check_terminal(by, on, payload, ())
    entry = Entry.objects.create(
        kind="terminal.register", title=f"開設時の端末: {code}", reason=reason, on=on, entered_by=applied_by, state=Entry.CONFIRMED,
        decided_by=approved_by, decided_at=clock.now(), payload=payload,
    )  # fmt: skip
    apply_terminal(by, on, entry)
    terminal = Terminal.objects.get(code=code)
    return terminal, one_time_code(terminal, clock.now())


def check_terminal_end(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    """Only a registered terminal can be abolished."""
    if not Terminal.objects.filter(code=payload.get("code", ""), is_active=True).exists():
        raise AccountError("AUTH-05-TERMINAL", "その端末は登録されていないか、既に廃止されています。")


def lines_terminal_end(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    """The terminal before and after."""
    terminal = Terminal.objects.get(code=entry.payload["code"])
    after = "廃止" if entry.state == Entry.PENDING or not terminal.is_active else "利用可"
    return [entries.Line(f"端末 {terminal.code}（{terminal.place}）", "利用可", after, "その端末で開いている画面は次の操作で終わる")]


def apply_terminal_end(by: Actor, on: date, entry: Entry) -> None:
    """Abolish the terminal; its key is gone."""
    Terminal.objects.filter(code=entry.payload["code"]).update(is_active=False, secret_hash="", enrol_hash="")


def _moments(payload: Mapping[str, Any]) -> tuple[datetime, datetime]:
    try:
        starts, ends = (datetime.fromisoformat(str(payload.get(name, ""))) for name in ("starts", "ends"))
    except ValueError:
        raise AccountError("AUTH-07-PERIOD", "開始と終了の日時を入力してください。") from None
    starts, ends = (moment if moment.tzinfo else moment.replace(tzinfo=clock.JAPAN) for moment in (starts, ends))
    if ends <= starts or ends <= clock.now() or (ends - starts).days >= 1:
        raise AccountError("AUTH-07-PERIOD", "終了は開始より後の、まだ来ていない日時にしてください。一回の延長は24時間未満です。")
    return starts, ends


def check_extension(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    """An extension for somebody else, of the own unit, less than a day."""
    staff = staff_of(str(payload.get("staff_no", "")))
    not_oneself(by, staff)
    _moments(payload)
    own_staff_only(by, staff)


def lines_extension(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    """Who may work until when."""
    staff = staff_of(entry.payload["staff_no"])
    return [
        entries.Line("利用者", "", f"{staff.staff_no}　{staff.name}（{staff.unit.name}）"),
        entries.Line("利用できる時間", "", f"{entry.payload['starts']} 〜 {entry.payload['ends']}", "時間外の利用として点検される"),
    ]


def apply_extension(by: Actor, on: date, entry: Entry) -> None:
    """Keep the extension."""
    starts, ends = _moments(entry.payload)
    staff = staff_of(entry.payload["staff_no"])
    UseExtension.objects.create(staff=staff, starts=starts, ends=ends, reason=entry.reason, entry=entry)
