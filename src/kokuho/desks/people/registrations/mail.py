"""送付先・納管人・固有宛名・連絡先・発送停止 as registrations."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.desks.people.models import (
    BELIEVED,
    Administrator,
    Contact,
    MailDestination,
    MailStop,
    Opponent,
    OwnAddressee,
    Protection,
)
from kokuho.desks.people.models.mail import BUSINESSES, EVERY
from kokuho.desks.people.registrations.kind import Column, Registration, RegistrationError, Values

_BUSINESS = Column("business", "業務", "choice", BUSINESSES, initial=EVERY)
_REASON = Column("reason", "理由", help="申出の内容・根拠となる書類")
_PLACE = (
    Column("postal_code", "郵便番号", length=8, help="7桁"),
    Column("address", "住所", length=400, help="都道府県から"),
    Column("building", "方書", required=False),
)
_SECRET_PLACE = frozenset({"name", "postal_code", "address", "building"})
_PHONE = re.compile(r"0\d{9,10}")
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def in_protection(atena_no: int, on: date) -> bool:
    """Whether 支援措置 is in force for a person on a day: it ends only by being lifted (DV-01)."""
    return Protection.objects.filter(BELIEVED, atena_no=atena_no, valid__contains=on).exists()


def _postal(values: dict[str, Any]) -> dict[str, Any]:
    digits = re.sub(r"[-〒\s]", "", unicodedata.normalize("NFKC", str(values.get("postal_code") or "")))
    if not (digits.isascii() and digits.isdigit() and len(digits) == 7):
        raise RegistrationError("A02", "郵便番号は7桁で入力してください。")
    return {**values, "postal_code": digits}


def _safe_only(by: Actor, on: date, atena_no: int, values: Values) -> None:
    """DV-05: a protected person's mail goes only where the office made sure that it is safe."""
    if in_protection(atena_no, on):
        if not values.get("safe"):
            raise RegistrationError(
                "DV-05",
                "支援措置対象者の送付先は、安全な送付先として確かめたものだけを登録できます。支援措置用にしてください。",
            )
        by.require("protected.read")
    elif values.get("safe") and "business" in values:
        raise RegistrationError("A03", "支援措置の対象者ではないため、支援措置用の送付先は登録できません。")


def _administrator(by: Actor, on: date, atena_no: int, values: Values) -> None:
    if values.get("administrator_no") == atena_no:
        raise RegistrationError("A04", "本人を管理人にすることはできません。")
    if in_protection(atena_no, on):
        _safe_only(by, on, atena_no, {"safe": values.get("safe")})
        against = Opponent.objects.filter(BELIEVED, atena_no=atena_no, valid__contains=on)
        if any(
            row.opponent_no == values.get("administrator_no") is not None or row.name == values["name"]
            for row in against
        ):
            raise RegistrationError("DV-05", "支援措置の相手方を管理人にすることはできません。")


def _contact(values: dict[str, Any]) -> dict[str, Any]:
    typed = unicodedata.normalize("NFKC", str(values["value"])).strip()
    if values["kind"] == Contact.MAIL:
        if not _MAIL.fullmatch(typed):
            raise RegistrationError("A05", "メールアドレスの形ではありません。")
        return {**values, "value": typed, "search_value": typed.lower()}
    digits = re.sub(r"[-‐－ー()（）\s]", "", typed)
    if not _PHONE.fullmatch(digits):
        raise RegistrationError("A06", "電話番号は市外局番から、0で始まる10桁か11桁で入力してください。")
    return {**values, "value": typed, "search_value": digits}


def _named(values: dict[str, Any]) -> dict[str, Any]:
    if not any(values.get(column) for column in ("name", "title", "care_of")):
        raise RegistrationError("A07", "名義・肩書・様方のいずれかを入力してください。")
    return {**values, "care_of": str(values.get("care_of") or "").removesuffix("様方")}


def _place_words(values: Values) -> str:
    code = str(values.get("postal_code") or "")
    place = " ".join(str(values.get(part) or "") for part in ("address", "building")).strip()
    return f"〒{code[:3]}-{code[3:]} {place}　{values.get('name') or ''}"


def _business(values: Values) -> str:
    return dict(BUSINESSES)[values.get("business") or EVERY]


DESTINATION = Registration(
    code="mail_destination", label="送付先", model=MailDestination, key=("business",),
    columns=(_BUSINESS, Column("name", "送付先の氏名", length=400), *_PLACE,
             Column("safe", "支援措置用（安全な送付先として確かめた）", "flag", required=False), _REASON),
    describe=lambda v: f"{_business(v)}　{_place_words(v)}{'　支援措置用' if v.get('safe') else ''}",
    enter="mail.change", confirm="mail.confirm", secret=_SECRET_PLACE, prepare=_postal, check=_safe_only,
    follows="次に作る通知書から、この送付先に送ります。作成済みの通知書の宛先は変わりません。",
)  # fmt: skip

ADMINISTRATOR = Registration(
    code="administrator", label="納税・納付管理人", model=Administrator, key=("scope",),
    columns=(Column("scope", "範囲", "choice", Administrator.SCOPES, initial=Administrator.TAX),
             Column("administrator_no", "管理人の宛名番号", "number", required=False),
             Column("name", "管理人の氏名・名称", length=400), *_PLACE,
             Column("safe", "支援措置の相手方でないことを確かめた", "flag", required=False), _REASON),
    describe=lambda v: f"{dict(Administrator.SCOPES)[v['scope']]}　{_place_words(v)}",
    enter="mail.change", confirm="mail.confirm", secret=_SECRET_PLACE, prepare=_postal, check=_administrator,
    follows="賦課・収納の書類は送付先より先に管理人へ送達します（地方税法第20条第1項ただし書）。",
)  # fmt: skip

ADDRESSEE = Registration(
    code="own_addressee", label="固有宛名", model=OwnAddressee, key=("business",),
    columns=(_BUSINESS, Column("name", "名義", required=False, length=400, help="空欄のときは本人の氏名を印字します"),
             Column("title", "肩書", required=False, length=60), Column("care_of", "様方", required=False, length=100), _REASON),
    describe=lambda v: (
        f"{_business(v)}　{v.get('title') or ''} {v.get('name') or '本人の氏名'}"
        f"{'（' + str(v['care_of']) + '様方）' if v.get('care_of') else ''}"
    ),
    enter="mail.change", confirm="mail.confirm", secret=frozenset({"name", "care_of", "title"}), prepare=_named,
    follows="次に作る通知書の宛名に印字します。送る場所は変わりません。",
)  # fmt: skip

CONTACT = Registration(
    code="contact", label="連絡先", model=Contact, key=("priority",),
    columns=(Column("priority", "優先順位", "choice", tuple((n, str(n)) for n in range(1, 10)), initial=1),
             Column("kind", "種別", "choice", Contact.KINDS, initial=Contact.PHONE),
             Column("value", "電話番号・メールアドレス", length=120), _BUSINESS,
             Column("purpose", "用途・勤務先の名称など", required=False, length=100)),
    derived=("search_value",),
    describe=lambda v: f"{v['priority']}　{dict(Contact.KINDS)[v['kind']]}　{v['value']}　{v.get('purpose') or ''}",
    enter="mail.change", confirm="mail.confirm", secret=frozenset({"value", "purpose"}), prepare=_contact,
    follows="同じ優先順位の連絡先があれば、その日から置き換わります。",
)  # fmt: skip

STOP = Registration(
    code="mail_stop", label="発送停止（帳票引抜）", model=MailStop, key=("business",),
    columns=(Column("business", "止める帳票", "choice", BUSINESSES, initial=EVERY), _REASON),
    describe=lambda v: f"{_business(v)}の帳票　{v['reason']}",
    enter="mail.change", confirm="mail.confirm",
    follows="一括印刷から引き抜き、別の束と引抜一覧に出します。",
)  # fmt: skip
