"""ENTRY-04, ENTRY-06: applications beside the register, once each; inquiries that leave by decision only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from kokuho.controls import fixture, samples
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, another, with_only
from kokuho.core import entries
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.models import Entry
from kokuho.desks.people import queries as people
from kokuho.desks.people.actions import inquiries
from kokuho.desks.people.models import Inquiry
from kokuho.documents import inquiry_letters
from kokuho.exchange import acceptance, applications
from kokuho.exchange.models import ApplicationMatch, ReceivedApplication

IDENTITY = {"bringer": "self", "method": "electronic", "documents": []}
RIGHT = {"name": "点検甲　一子", "sex": "2", "birth_date": "S60.5.5", "address": "点検町1-1"}
# As people write it: half-width kana beside, spaces, hyphens and full-width digits.
VARIANTS: tuple[Mapping[str, str], ...] = (
    {"name": "点検甲 一子"}, {"name": "点検甲一子", "address": "点検町１－１"}, {"birth_date": "1985/5/5", "address": "点検町１番１号"},
    {"address": "点検町1番地1"},
)  # fmt: skip


@check("ENTRY-04")
def compared_item_by_item(scene: Scene, seen: Evidence) -> None:
    """An application, on paper or online, is taken on only with its four items beside the register's, and once."""
    by = with_only("application.take", "application.confirm", "person.read", "certificate.issue")
    for name, wrong in (("name", "点検外　別人"), ("sex", "1"), ("birth_date", "S60.5.6"), ("address", "点検町9-9")):
        items = people.compare_four(by, fixture.P_1, {**RIGHT, name: wrong}, on=scene.on)
        seen.equal([item.name for item in items if item.state == "different"], [name], f"{name} の違いの印")
        four = {"items": [[item.label, item.typed, item.words, item.agrees] for item in items], "decision": ""}
        seen.refused(f"紙の申請: {name} が違い、理由がない", _limit, scene, by, four, code="ENTRY-04")
        online = _online(scene, by, place=name, items={name: wrong} if name != "sex" else {"sex": "男"})
        seen.refused(f"電子申請: {name} が違い、理由がない", _accept, scene, by, online, fixture.P_1, code="APP21")
    seen.refused("紙の申請: 4情報を照合しない", _limit, scene, by, {}, code="ENTRY-04")
    for variant in VARIANTS:
        items = people.compare_four(by, fixture.P_1, {**RIGHT, **variant}, on=scene.on)
        seen.none([item.label for item in items if not item.agrees], f"表記の違い {'・'.join(variant.values())} を不一致とした項目")
    moved = _online(scene, by, place="moved", items={"address": "点検町9-9"})
    entry = _accept(scene, by, moved, fixture.P_1, "転居の届出の前の住所と確かめた")
    seen.refused("一人で受理を終える", pending.confirm, by=by, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    pending.confirm(by=another(by), on=scene.on, entry_id=entry.pk)
    match = ApplicationMatch.objects.get(atena_no=fixture.P_1)
    seen.equal(match.differs, ["address"], "理由と二人目の確認の後の受理（違った項目を残す）")
    dead = {"name": "点検甲　故人", "kana": "", "sex": "男", "birth_date": "1930-01-01"}
    once, twice = (_online(scene, by, place=f"dead{n}", items=dead) for n in range(2))
    first = _accept(scene, by, once, fixture.P_DEAD)
    for state in ("確認待ち", "受理の後"):
        try:
            _accept(scene, by, twice, fixture.P_DEAD)
        except acceptance.IntakeError as refusal:
            shown = once.reception_no in str(refusal) and refusal.code == "APP23"
            seen.must(shown, f"同じ事由の二度目の申請（一度目は{state}）は、一度目を示して止まる", refusal.code)
        else:
            seen.must(False, f"同じ事由の二度目の申請（一度目は{state}）は、一度目を示して止まる", "止まらなかった")
        if state == "確認待ち":
            pending.confirm(by=another(by), on=scene.on, entry_id=first.pk)
    applied = [kind.code for kind in entries.kinds().values() if kind.application]
    seen.value("4情報の照合を求める入力の種類", [*applied, acceptance.KIND])
    seen.none({"certificate.limit", "certificate.disease"} - set(applied), "照合を求めない紙の申請")


def _limit(scene: Scene, by: Actor, four: Mapping[str, Any]) -> Entry:
    return pending.submit(
        by=by, on=scene.on, kind="certificate.limit", title="点検", payload={"applied_on": scene.on.isoformat()}, persons=[fixture.P_1],
        household_no=fixture.HOUSEHOLD, evidence={"four": dict(four)},
    )  # fmt: skip


def _online(scene: Scene, by: Actor, *, place: str, items: Mapping[str, str]) -> ReceivedApplication:
    right = {"name": "点検甲　一子", "kana": "テンケンコウ　イチコ", "sex": "女", "birth_date": "1985-05-05", "address": "点検町1-1"}
    data = samples.application("nhi-lose", scene.on, items={**right, **items, "note": place})
    return applications.take_in(by=by, on=scene.on, reception_no=f"点検-{place}", file_name="a.zip", data=data)


def _accept(scene: Scene, by: Actor, taken: ReceivedApplication, atena_no: int, reason: str = "") -> Entry:
    return acceptance.enter(by=by, on=scene.on, application_id=taken.pk, atena_no=atena_no, reason=reason, identity=IDENTITY)


@check("ENTRY-06")
def nothing_is_asked_undecided(scene: Scene, seen: Evidence) -> None:
    """No letter before the decision of a second person; only registered items; a doubtful answer is not used and stays a task."""
    by = with_only("inquiry.enter", "inquiry.approve", "inquiry.read", "person.read")
    asked: dict[str, Any] = {
        "kind": "income", "atena_no": fixture.P_1, "receiver": "点検市 税務課長", "postal_code": "3320031",
        "receiver_place": "点検県点検市1-1", "items": ["total_income"], "purpose": "点検",
    }  # fmt: skip
    strange = {**asked, "items": ["my_number"]}
    seen.refused("登録のない項目を照会する", inquiries.enter, by=by, on=scene.on, **strange, code="ENTRY-06-ITEMS")
    entry = inquiries.enter(by=by, on=scene.on, **asked)
    seen.equal(Inquiry.objects.count(), 0, "決裁前に出せる照会")
    seen.refused("入力した本人が決裁する", pending.confirm, by=by, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    insert = (
        "INSERT INTO people_inquiry (number, kind, atena_no, receiver, postal_code, receiver_place, items, purpose, due_on, decided_on, "
        "entry_id, state, result) VALUES ('x', 'income', %s, 'x', '3320031', 'x', '[]', 'x', now(), now(), %s, 'sent', '')"
    )
    seen.refused("決裁のない照会をアプリケーションの役割のSQLで作る", _sql, insert, fixture.P_1, entry.pk)
    seen.refused("決裁のない照会を印刷する", inquiry_letters.inquiry_letter, by=by, on=scene.on, inquiry_id=0,
                 errors=(Inquiry.DoesNotExist,))  # fmt: skip
    pending.confirm(by=another(by), on=scene.on, entry_id=entry.pk)
    found = Inquiry.objects.get(entry=entry)
    seen.must(bool(found.number), "決裁の後に付く文書番号", found.number)
    letter = inquiry_letters.inquiry_letter(by=by, on=scene.on, inquiry_id=found.pk)
    shown = samples.pdf_text(letter)
    seen.must(all(part in shown for part in (str(fixture.P_1), "総所得金額等", "昭和60年5月5日", found.number)), "照会文書にある項目")
    seen.must("給与収入" not in shown and fixture.CANARIES[fixture.P_1] not in shown, "照会していない項目・個人番号がない")
    wrong = inquiries.answer(
        by=by, on=scene.on, inquiry_id=found.pk, received_on=scene.on, four={**RIGHT, "birth_date": "S60.6.5"},
        values={"total_income": "1234567"},
    )  # fmt: skip
    found.refresh_from_db()
    seen.equal((wrong.agrees, wrong.values, found.state), (False, {}, Inquiry.DOUBTFUL), "生年月日の違う回答（用いず、問い合わせとなる）")
    ending = {"by": by, "on": scene.on, "inquiry_id": found.pk, "result": " "}
    seen.refused("結果なしに問い合わせを終える", inquiries.close, **ending, code="ENTRY-06-RESULT")
    inquiries.close(by=by, on=scene.on, inquiry_id=found.pk, result="照会先の取違えと分かった")
    found.refresh_from_db()
    seen.equal((found.state, bool(found.result)), (Inquiry.CLOSED, True), "結果を入れて終える")


def _sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@check("ENTRY-06", place=REAL)
def inquiries_are_followed(seen: Evidence) -> None:
    """In the installation: how many wait for an answer or a query back, and how many were never printed."""
    waiting = Inquiry.objects.filter(state__in=(Inquiry.SENT, Inquiry.DOUBTFUL))
    seen.value("回答待ち・問い合わせ", waiting.count())
    seen.none(Inquiry.objects.exclude(entry__state=Entry.CONFIRMED).values_list("number", flat=True), "決裁のない照会")
