"""One field that understands what was typed, and a record of the criteria that holds no name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from weboffice import CHILD, HEAD, HOUSEHOLD, City


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("わたなべ", [["kana"]]),
        ("ﾜﾀﾅﾍﾞ ﾀﾛｳ", [["kana"]]),
        ("渡辺 太郎", [["name"]]),
        ("NGUYEN VAN", [["name"]]),
        ("S55.5.5", [["birth"]]),
        ("昭和55年5月5日", [["birth"]]),
        ("1980-05-05", [["birth"]]),
        ("19800505", [["birth", "number"]]),
        ("わたなべ S55.5.5", [["birth"], ["kana"]]),
        ("2000000001", [["number"]]),
        ("２０００００００01", [["number"]]),
        ("332-0031", [["postal", "symbol"]]),
        ("〒3320031", [["postal"]]),
        ("国-00000077", [["symbol"]]),
        ("青木2-1", [["symbol", "address"]]),
        ("青木2-1-3", [["address"]]),
        ("町田", [["name", "address"]]),
        ("平成32年1月1日", [["address"]]),
    ],
)
def test_what_was_typed_is_understood(typed: str, kinds: list[list[str]]) -> None:
    from kokuho.desks.people.search import understand

    assert [[reading.kind for reading in part.readings] for part in understand(typed)] == kinds


def test_a_birth_date_is_read_to_the_day() -> None:
    from kokuho.desks.people.search import understand

    for typed in ("S55.5.5", "昭和55年5月5日", "1980/5/5", "19800505", "s550505"):
        assert understand(typed)[0].readings[0].value == date(1980, 5, 5), typed


def test_the_same_person_is_found_however_it_is_typed(city: City, sign_in: Any) -> None:
    client = sign_in("shikaku")
    for typed in (
        "わたなべ たろう", "ﾜﾀﾅﾍﾞﾀﾛｳ", "渡辺太郎", "渡邊　太郎", "渡邉", "わたなべ S55.5.5", "青木2-1-1", "青木２丁目", "332-0031 わたなべ",
    ):  # fmt: skip
        found = client.get("/search/", {"q": typed}).context["rows"]
        assert HEAD in {row.person.atena_no for row in found}, typed
    assert client.get("/search/", {"q": "たろう"}).context["count"] == 0, "names are searched from their beginning"


def test_a_number_that_leads_to_one_household_opens_it(city: City, sign_in: Any) -> None:
    client = sign_in("shikaku")
    for typed in (str(HOUSEHOLD), "国-00000077", "00000077", "2600000010", str(HEAD), str(CHILD)):
        answer = client.get("/search/", {"q": typed})
        assert answer.status_code == 302 and answer.url == f"/households/{HOUSEHOLD}/", typed


def test_two_conditions_must_both_hold(city: City, sign_in: Any) -> None:
    assert sign_in("shikaku").get("/search/", {"q": "わたなべ S1.1.1"}).context["count"] == 0


def test_a_single_kana_is_not_enough(city: City, sign_in: Any) -> None:
    assert "2文字以上" in sign_in("shikaku").get("/search/", {"q": "わ"}).content.decode()


def test_the_record_of_a_search_has_persons_and_criteria_but_no_name(city: City, sign_in: Any) -> None:
    from kokuho.core.models import AuditRecord

    sign_in("shikaku").get("/search/", {"q": "わたなべ S55.5.5"})
    [record] = AuditRecord.objects.filter(operation="search")
    assert record.persons == [HEAD] and record.row_count == 1
    assert [entry["kind"] for entry in record.detail["criteria"]] == ["birth", "kana"]
    assert "ワタナベ" not in str(record.detail) and "1980" not in str(record.detail)
    assert all(len(entry["digest"]) == 16 for entry in record.detail["criteria"])


def test_hostile_typing_is_only_text(city: City, sign_in: Any) -> None:
    client = sign_in("shikaku")
    for typed in ("' OR 1=1 --", "%%", "__", "\\", "<script>alert(1)</script>", "𠮷" * 50, "-" * 90, "\u200b"):
        answer = client.get("/search/", {"q": typed})
        assert answer.status_code == 200 and "<script>alert" not in answer.content.decode(), typed
        assert not answer.context.get("rows"), typed
    assert client.get("/search/", {"q": "\x00"}).status_code == 400


def test_a_telephone_number_finds_its_person_and_not_a_protected_one(city: City, sign_in: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange
    from weboffice import WIFE

    from kokuho.desks.people.models import Contact

    for atena_no, digits in ((HEAD, "0482581110"), (WIFE, "09012345678")):
        Contact.objects.create(
            atena_no=atena_no, priority=1, kind=1, value=digits, search_value=digits, valid=DateRange(date(2026, 4, 1), None),
            recorded_by="op", origin="entry:1",
        )  # fmt: skip
    clerk = sign_in("shikaku")
    [row] = clerk.get("/search/", {"q": "048-258-1110"}).context["rows"]
    assert row.person.atena_no == HEAD
    assert clerk.get("/search/", {"q": "090-1234-5678"}).context["count"] == 0
    assert sign_in("hogo").get("/search/", {"q": "090-1234-5678"}).context["count"] == 1


def test_recent_searches_and_kept_ones_are_ones_own(city: City, sign_in: Any) -> None:
    from kokuho.formats.checkdigits import my_number_digit

    clerk, other = sign_in("shikaku"), sign_in("fuka")
    number = "12345678901" + my_number_digit("12345678901")
    for typed in ("わたなべ", "青木2-1", number):
        clerk.get("/search/", {"q": typed})
    assert clerk.get("/search/").context["recent"] == ["青木2-1", "わたなべ"]
    assert clerk.post("/search/keep/", {"label": "青木", "typed": "青木2-1"}).status_code == 302
    clerk.post("/search/keep/", {"label": "番号", "typed": number})
    [kept] = clerk.get("/search/").context["kept"]
    assert (kept.label, kept.typed) == ("青木", "青木2-1")
    assert other.get("/search/").context["kept"] == [] == other.get("/search/").context["recent"]
    other.post(f"/search/kept/{kept.pk}/drop/")
    assert len(clerk.get("/search/").context["kept"]) == 1
    clerk.post(f"/search/kept/{kept.pk}/drop/")
    assert clerk.get("/search/").context["kept"] == []
