"""ATENA-16, -17: masters hold from a day, are changed by two, and what is printed and checked follows their days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from peoplefacts import DAY, actor

from kokuho.core.coded import CodedError

RIGHTS = ("person.read", "master.read", "master.change", "master.confirm", "master.seal", "master.seal_confirm")
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def change(slug: str, code: int, since: date, last: date | None = None, **values: Any) -> None:
    from kokuho.core.actions.entries import confirm
    from kokuho.desks.people.actions.masters import enter

    entry = enter(by=actor(*RIGHTS), on=DAY, slug=slug, code=code, values=values, since=since, last=last, reason="告示")
    confirm(by=actor(*RIGHTS, staff_no="b"), on=DAY, entry_id=entry.pk)


def test_the_list_of_banks_is_taken_whole_and_again_without_change(db: None) -> None:
    from kokuho.desks.people.actions.masters import take_banks
    from kokuho.desks.people.masters import branch_problem
    from kokuho.desks.people.models import BankBranch

    first = take_banks(by=actor(*RIGHTS), on=JULY)
    assert first["begun"] > 20_000 and take_banks(by=actor(*RIGHTS), on=AUGUST) == {"begun": 0, "renamed": 0, "ended": 0}
    row = BankBranch.objects.get(code=1001)
    BankBranch.objects.filter(pk=row.pk).update(superseded_at="2026-07-01T00:00:00Z")
    BankBranch.objects.create(
        code=1001, valid=row.valid, bank_name="旧", bank_kana="キユウ", branch_name="旧", branch_kana="キユウ", recorded_by="op", origin="t"
    )
    BankBranch.objects.create(
        code=1999, valid=row.valid, bank_name="旧", bank_kana="キユウ", branch_name="廃", branch_kana="ハイ", recorded_by="op", origin="t",
        successor=1001,
    )  # fmt: skip
    assert take_banks(by=actor(*RIGHTS), on=AUGUST) == {"begun": 0, "renamed": 1, "ended": 1}
    assert branch_problem("0001", "999", on=JULY) == "" and "0001001" in branch_problem("0001", "999", on=AUGUST)
    assert branch_problem("0001", "001", on=JULY) == "" == branch_problem("0001", "001", on=AUGUST)
    assert branch_problem("0001", "998", on=JULY)


def test_towns_come_from_the_post_and_change_from_a_day(db: None) -> None:
    from kokuho.desks.people.actions.masters import take_towns
    from kokuho.desks.people.models import Town
    from kokuho.desks.people.queries.masters import district

    assert take_towns(by=actor(*RIGHTS), on=JULY, municipality="112038") > 100
    code = Town.objects.get(name="青木").code
    values = {"name": "青木", "postal_code": "3320031", "office": "中央支所"}
    change("towns", code, JULY, district="第1区", **values)
    change("towns", code, AUGUST, district="第2区", **values)
    by = actor(*RIGHTS)
    assert [district(by, "青木", on=on) for on in (JULY, AUGUST)] == ["第1区　中央支所", "第2区　中央支所"]
    with pytest.raises(CodedError) as refused:
        take_towns(by=by, on=JULY, municipality="112038")
    assert refused.value.code == "A32"


@pytest.mark.parametrize(
    ("slug", "values", "code"),
    [
        ("towns", {"name": "青木", "postal_code": "33200"}, "A02"),
        ("facilities", {"kind": 1, "name": "苑", "municipality_code": "112030", "address": "x"}, "A30"),
        ("senders", {}, "A31"),
    ],
)
def test_what_a_master_cannot_hold_is_refused(db: None, slug: str, values: dict[str, Any], code: str) -> None:
    with pytest.raises(CodedError) as refused:
        change(slug, 2, JULY, **values)
    assert refused.value.code == code


def test_a_sender_replaces_the_print_settings_from_a_day(db: None) -> None:
    from kokuho.desks.people.masters import sender

    change("senders", 2, AUGUST, head_name="新市長")
    assert sender(2, on=JULY) == {} and sender(2, on=AUGUST) == {"head_name": "新市長"}


def test_municipalities_are_known_by_code_and_merge_from_a_day(db: None) -> None:
    from kokuho.desks.people.actions.masters import take_municipalities
    from kokuho.desks.people.municipalities import municipality_problem

    assert municipality_problem("112038", on=JULY) == "", "an empty table refuses nothing"
    assert take_municipalities(by=actor(*RIGHTS), on=JULY) > 1800 and take_municipalities(by=actor(*RIGHTS), on=JULY) == 0
    assert municipality_problem("112038", on=JULY) == "" and "検査数字" in municipality_problem("112039", on=JULY)
    assert "表にありません" in municipality_problem("999997", on=JULY)
    # 川口市 absorbs 蕨市 on 1 August (invented).
    change("municipalities", 112232, date(2020, 1, 1), date(2026, 7, 31), prefecture="埼玉県", name="蕨市", successor=112038)
    assert municipality_problem("112232", on=JULY) == "" and "112038" in municipality_problem("112232", on=AUGUST)
    with pytest.raises(CodedError) as refused:
        change("municipalities", 112030, JULY, prefecture="埼玉県", name="誤り市")
    assert refused.value.code == "A30"
    with pytest.raises(CodedError) as refused:
        change("facilities", 1, AUGUST, kind=1, name="苑", municipality_code="112232", address="蕨市")
    assert refused.value.code == "A33"


def test_a_municipality_is_typed_by_name_or_code_and_completes_an_address(db: None) -> None:
    from kokuho.desks.people import municipalities as table
    from kokuho.desks.people.actions.masters import take_municipalities

    take_municipalities(by=actor(*RIGHTS), on=JULY)
    change("municipalities", 112232, date(2020, 1, 1), date(2026, 7, 31), prefecture="埼玉県", name="蕨市", successor=112038)
    told = {"川口市": "112038", "埼玉県川口市": "112038", "112038": "112038", "浦和区": "111074", "蕨市": "112232", " ": ""}
    assert {text: table.code_of(text, on=JULY) for text in told} == told
    for text, code in (("府中市", "A38"), ("蕨市", "A38"), ("112232", "A33"), ("どこか市", "A38")):
        with pytest.raises(table.MunicipalityError) as refused:
            table.code_of(text, on=AUGUST)
        assert refused.value.code == code, text
    assert "東京都府中市（132063）" in _refusal("府中市") and "広島県府中市" in _refusal("府中市")
    assert table.words("112232", on=AUGUST) == "埼玉県蕨市（112232）" and table.words("999997", on=JULY) == "999997"
    assert table.merged_into("112038", on=AUGUST) == {"112038", "112232"} and table.merged_into("112038", on=JULY) == {"112038"}
    for typed in ("青木１番", "川口市青木１番", "埼玉県川口市青木１番"):
        assert table.with_place("112038", typed, on=JULY) == "埼玉県川口市青木１番"
    # City and ward of a designated city stand once, however much of them was typed; so does a county.
    for typed in ("仲町１番", "浦和区仲町１番", "さいたま市仲町１番", "さいたま市浦和区仲町１番", "埼玉県さいたま市浦和区仲町１番",
                  "埼玉県浦和区仲町１番", "埼玉県さいたま市仲町１番"):  # fmt: skip
        assert table.with_place("111074", typed, on=JULY) == "埼玉県さいたま市浦和区仲町１番", typed
    for typed in ("小室１番", "伊奈町小室１番", "北足立郡伊奈町小室１番", "埼玉県北足立郡伊奈町小室１番"):
        expected = "埼玉県北足立郡伊奈町小室１番" if "郡" in typed else "埼玉県伊奈町小室１番"
        assert table.with_place(table.code_of("伊奈町", on=JULY), typed, on=JULY) == expected
    for code, typed in (("112038", "東京都千代田区１番"), ("111074", "さいたま市南区１番"), ("111074", "埼玉県川口市青木１番")):
        with pytest.raises(table.MunicipalityError) as refused:
            table.with_place(code, typed, on=JULY)
        assert refused.value.code == "A39", typed


def _refusal(text: str) -> str:
    from kokuho.desks.people import municipalities as table

    with pytest.raises(table.MunicipalityError) as refused:
        table.code_of(text, on=JULY)
    return str(refused.value)


def test_the_towns_of_a_designated_city_carry_their_ward(db: None) -> None:
    from kokuho.desks.people.actions.masters import take_towns
    from kokuho.desks.people.models import Town

    assert take_towns(by=actor(*RIGHTS), on=JULY, municipality="141500") > 100
    assert set(Town.objects.values_list("district", flat=True).distinct()) == {"緑区", "中央区", "南区"}
    assert Town.objects.filter(name="中央区相模原", district="中央区").exists()


@pytest.mark.parametrize(
    ("block", "style", "printed"),
    [
        ("２丁目１番１号", 1, "２－１－１"), ("2-1-1", 2, "２丁目１番１号"), ("10番地の3", 1, "１０－３"), ("5-12", 2, "５番１２号"),
        ("２丁目１番１号", 0, "２丁目１番１号"), ("字向山 12番", 1, "字向山 12番"), ("１番地", 1, "１"),
    ],
)  # fmt: skip
def test_a_block_is_printed_as_the_town_has_it(block: str, style: int, printed: str) -> None:
    from kokuho.desks.people.blocks import formatted

    assert formatted(block, style) == printed


def picture(side: int = 200, **more: Any) -> bytes:
    import io

    from PIL import Image, PngImagePlugin

    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", "secret")
    made = io.BytesIO()
    Image.new("RGBA", (side, side), (200, 30, 30, 255)).save(made, "PNG", pnginfo=said, **more)
    return made.getvalue()


def test_a_seal_is_checked_kept_once_and_printed_from_its_day(db: None) -> None:
    from kokuho.desks.people.actions.masters import keep_seal_image
    from kokuho.desks.people.masters import seal
    from kokuho.documents.dated import settings_on

    by, whole = actor(*RIGHTS), picture()
    for data, code in ((b"GIF89a", "PIC01"), (whole[:-20], "PIC03"), (whole.replace(b"IDAT", b"IDAX", 1), "PIC03"), (picture(60), "PIC04")):
        with pytest.raises(CodedError) as refused:
            keep_seal_image(by=by, title="市長印", data=data)
        assert refused.value.code == code
    kept = keep_seal_image(by=by, title="市長印", data=whole)
    assert b"secret" not in bytes(kept.data) and keep_seal_image(by=by, title="市長印", data=whole).pk == kept.pk
    with pytest.raises(CodedError) as refused:
        change("seals", 2, JULY, title="市長印", image=kept.pk + 1, size_mm=21)
    assert refused.value.code == "A34"
    change("seals", 2, AUGUST, title="市長印", image=kept.pk, size_mm=24)
    assert seal(2, on=JULY) is None and settings_on("112038", 2, JULY).seal.image is None
    printed = settings_on("112038", 2, AUGUST).seal
    assert printed.size == 24 and printed.image is not None and printed.image.endswith(f"{kept.sha256}.png")


def test_the_teaching_of_a_notice_changes_from_a_day(db: None) -> None:
    from kokuho.documents.dated import settings_on
    from kokuho.documents.wording import wording

    change("teachings", 2, AUGUST, request="新しい審査請求の教示です（{head}あて）。")
    before, after = (wording("levy-notice", "tax", settings_on("112038", 2, on).texts) for on in (JULY, AUGUST))
    assert after["remedy_request"] == "新しい審査請求の教示です（{head}あて）。" != before["remedy_request"]
    assert after["remedy_order"] == before["remedy_order"]
    with pytest.raises(CodedError) as refused:
        change("teachings", 2, AUGUST, request="{mayor}へ")
    assert refused.value.code == "A36"


def test_a_deputy_signs_for_the_days_of_the_vacancy(db: None) -> None:
    from kokuho.desks.people.masters import sender

    change("senders", 2, JULY, date(2026, 7, 31), head_title="川口市長職務代理者　川口市副市長", head_name="代理")
    assert sender(2, on=JULY)["head_title"].endswith("副市長") and sender(2, on=AUGUST) == {}


def test_moves_between_wards_are_kept_with_who_is_in_charge_and_leave_tasks(db: None) -> None:
    """SHI-21: a 転居 to another ward is a move, one within a ward and one out of the city are none; a correction takes it back."""
    from django.db.backends.postgresql.psycopg_any import DateRange
    from django.http import QueryDict
    from peoplefacts import person

    from kokuho.desks.people.actions import wards
    from kokuho.desks.people.models import ChangeTask, Person, WardMove
    from kokuho.desks.people.queries.wards import ward_moves

    may = date(2026, 5, 10)
    for number, former in ((1, "中央区相模原"), (2, "中央区相模原"), (3, "南区東林間")):
        towns = (former, "南区相模大野")
        for town, valid in zip(towns, (DateRange(date(2020, 1, 1), may), DateRange(may, None)), strict=True):
            person(number, name="転居　一", kana="テンキヨ　ハジメ", household_no=1 if number < 3 else 3, town=town, valid=valid)
    change("wards", 3, JULY, name="南区", office="南区役所", officer="南資格係", collector="南収納係", phone="042-000-0000")
    by = actor("person.read", "person.work")
    assert wards.find(by=by, on=DAY, origin="screen") == 2 and wards.find(by=by, on=DAY, origin="screen") == 0
    rows = ward_moves(by, QueryDict("to=南区"), on=DAY).rows
    assert [(r.move.atena_no, r.move.moved_on, r.move.from_ward, r.move.to_ward) for r in rows] == [
        (1, may, "中央区", "南区"), (2, may, "中央区", "南区")]  # fmt: skip
    assert rows[0].after is not None and rows[0].after.office == "南区役所" and rows[0].before is None
    assert ChangeTask.objects.filter(change__kind="ward").count() == 3, "one a household and desk"
    Person.objects.filter(atena_no=2, town="南区相模大野").update(superseded_at="2026-07-01T00:00:00Z")
    wards.find(by=by, on=DAY, origin="screen")
    assert list(WardMove.objects.filter(superseded_at__isnull=True).values_list("atena_no", flat=True)) == [1]
