"""ATENA-02, -03, -10: who is not in the register gets a number of the office's own; two numbers of one person are read as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from peoplefacts import DAY, actor, person

from kokuho.core.coded import CodedError

RIGHTS = ("person.read", "person.search", "person.change", "person.confirm")
WHO = {
    "name": "相続　花子", "name_kana": "ソウゾク　ハナコ", "birth_date": date(1970, 1, 1), "sex": "2", "postal_code": "1000001",
    "address": "東京都千代田区千代田1-1", "building": "", "household_no": None, "why": "3", "since": date(2026, 6, 1),
}  # fmt: skip
FIRM = {
    "kind": 1, "corporate_number": "7000012050002", "name": "株式会社　試験", "name_kana": "シケン", "representative": "",
    "postal_code": "1000001", "address": "東京都千代田区千代田1-1", "building": "", "phone": "", "since": date(2026, 6, 1),
}  # fmt: skip


@pytest.fixture
def city(db: None) -> None:
    from kokuho.core.actions.office import open_municipality

    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")


def confirmed(entry: Any) -> Any:
    from kokuho.core.actions.entries import confirm

    return confirm(by=actor(*RIGHTS, staff_no="b"), on=DAY, entry_id=entry.pk)


def outside(**more: Any) -> Any:
    from kokuho.desks.people.actions.outside import enter_person

    options = {key: more.pop(key) for key in ("atena_no", "anyway") if key in more}
    return enter_person(by=actor(*RIGHTS), on=DAY, values={**WHO, **more}, reason="相続の届出", **options)


def rows(model: str, **where: Any) -> list[Any]:
    from kokuho.desks.people import models

    found = getattr(models, model).objects.filter(superseded_at__isnull=True, **where)
    return sorted(found, key=lambda row: (row.atena_no, row.valid.lower))


def test_a_person_outside_gets_a_number_of_the_own_range_and_keeps_a_history(city: None) -> None:
    from kokuho.desks.people.numbering import own_range

    confirmed(outside())
    confirmed(outside(name_kana="ベツジン"))
    first, second = rows("Person")
    low, high = own_range()
    assert low == first.atena_no and second.atena_no == low + 1 <= high
    confirmed(outside(atena_no=first.atena_no, address="大阪府大阪市北区1-1", since=date(2026, 7, 1)))
    history = rows("Person", atena_no=first.atena_no)
    assert [(row.town, row.valid.lower, row.valid.upper) for row in history] == [
        ("東京都千代田区千代田1-1", date(2026, 6, 1), date(2026, 7, 1)), ("大阪府大阪市北区1-1", date(2026, 7, 1), None),
    ]  # fmt: skip


def test_the_municipality_of_a_person_outside_completes_the_address(city: None) -> None:
    from kokuho.core import entries as kinds
    from kokuho.desks.people.models import MunicipalityCode

    MunicipalityCode.objects.create(
        code=131016, prefecture="東京都", name="千代田区", search_name="千代田区", valid=(None, None), recorded_by="x", origin="x"
    )
    entry = outside(municipality="千代田区", address="千代田1-1")
    shown = {line.label: line.after for line in kinds.kind_of(entry.kind).lines(actor(*RIGHTS), DAY, entry)}
    assert shown["市区町村"] == "東京都千代田区（131016）" and shown["住所"] == "東京都千代田区千代田1-1"
    with pytest.raises(CodedError) as refused:
        outside(municipality="112038")
    assert refused.value.code == "A33"


def test_somebody_who_is_known_is_not_registered_again_unlooked_at(city: None) -> None:
    person(1, name="相続　花子", kana="ソウゾク　ハナコ", born=date(1970, 1, 1))
    with pytest.raises(CodedError) as refused:
        outside()
    assert refused.value.code == "A25" and "1" in str(refused.value)
    confirmed(outside(anyway=True))
    with pytest.raises(CodedError) as refused:
        outside(atena_no=1)
    assert refused.value.code == "A22", "who is in the register is not changed here"


def test_the_register_never_takes_a_number_of_the_own_range(db: None, town: Callable, office: Callable) -> None:
    from kokuho.core.models import Municipality
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors
    from kokuho.exchange.models import WorkItem

    staff = office()
    Municipality.objects.all().update(settings={"outside_numbers": [1, 10**12]})
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    assert not Person.objects.exists() and WorkItem.objects.filter(code="J19").exists()


def test_the_authenticity_of_a_person_outside_is_recorded_with_who_and_when(city: None) -> None:
    from kokuho.desks.people import queries
    from kokuho.desks.people.actions.outside import enter_check

    confirmed(outside())
    [row] = rows("Person")
    values = {"checked_on": date(2026, 6, 20), "result": "2", "differing": [], "note": ""}
    with pytest.raises(CodedError) as refused:
        enter_check(by=actor(*RIGHTS), on=DAY, atena_no=row.atena_no, values=values, reason="端末")
    assert refused.value.code == "A29"
    confirmed(
        enter_check(
            by=actor(*RIGHTS), on=DAY, atena_no=row.atena_no, values={**values, "differing": ["住所"]}, reason="端末"
        )
    )
    [seen] = queries.checks(actor(*RIGHTS), row.atena_no)
    assert (seen.checked_on, seen.checked_name, seen.agrees, seen.differing) == (
        date(2026, 6, 20),
        "a",
        False,
        ("住所",),
    )


def test_a_corporation_has_a_checked_number_only_once(city: None) -> None:
    from kokuho.desks.people.actions.outside import enter_corporation
    from kokuho.formats.checkdigits import corporate_number_digit

    body = FIRM["corporate_number"][1:]
    good = corporate_number_digit(body) + body

    def enter(**more: Any) -> Any:
        return enter_corporation(
            by=actor(*RIGHTS), on=DAY, values={**FIRM, "corporate_number": good, **more}, reason="届出"
        )

    with pytest.raises(CodedError) as refused:
        enter(corporate_number=str((int(good[0]) + 1) % 10) + body)
    assert refused.value.code == "A26"
    confirmed(enter())
    with pytest.raises(CodedError) as refused:
        enter()
    assert refused.value.code == "A27"


def joined(old_no: int, new_no: int) -> Any:
    from kokuho.desks.people.actions.joining import enter_join

    return confirmed(enter_join(by=actor(*RIGHTS), on=DAY, old_no=old_no, new_no=new_no, reason="本籍で確認"))


def test_two_numbers_of_one_person_are_joined_by_two_and_separated_again(city: None) -> None:
    from kokuho.core import territory
    from kokuho.core.actions.entries import EntryError, confirm
    from kokuho.desks.people import queries, search
    from kokuho.desks.people.actions.joining import count_candidates, enter_join, enter_separation
    from kokuho.desks.people.models import ChangeTask

    person(1, name="鈴木　一", kana="スズキ　ハジメ", resident_state="2", household_no=10)
    person(2, name="鈴木　一", kana="スズキ　ハジメ", household_no=20)
    person(3, name="鈴木　一", kana="スズキ　ハジメ", household_no=30, town="川口")
    by = actor(*RIGHTS)
    assert queries.join_candidates(by, on=DAY).counted_at is None
    assert count_candidates(by=by, on=DAY).results == {"found": 2}
    found = queries.join_candidates(by, on=DAY)
    assert [(c.older.atena_no, c.newer.atena_no) for c in found.pairs] == [(1, 2), (1, 3)], "never 2 and 3"
    assert found.counted_at is not None and found.counted == 2
    with territory.acting(limited := replace(by, limit=territory.Limit(("青木",), DAY))):
        pairs = queries.join_candidates(limited, on=DAY).pairs
        assert [(c.older.atena_no, c.newer.atena_no) for c in pairs] == [(1, 2)], "3 lives in another area"
    entry = enter_join(by=by, on=DAY, old_no=1, new_no=2, reason="本籍で確認")
    with pytest.raises(EntryError):
        confirm(by=by, on=DAY, entry_id=entry.pk)
    assert queries.numbers_of(1, on=DAY) == (1, []), "never silently"
    confirmed(entry)
    assert queries.numbers_of(1, on=DAY) == (2, [1]) == queries.numbers_of(2, on=DAY)
    assert queries.join_candidates(by, on=DAY).pairs == [], "what was joined since the count is no candidate"
    assert {t.module for t in ChangeTask.objects.filter(change__atena_no=2)} == {
        "eligibility",
        "levy",
        "collection",
        "exchange",
    }
    hits = search.find(by, search.understand("1"), households={}, on=DAY)
    assert [match.atena_no for match in hits.matches] == [2]
    confirmed(enter_separation(by=by, on=DAY, old_no=1, reason="別人"))
    assert queries.numbers_of(1, on=DAY) == (1, [])


@pytest.mark.parametrize(("old_no", "new_no", "code"), [(1, 1, "M01"), (1, 9, "M02"), (2, 3, "M03"), (2, 1, "M06")])
def test_what_cannot_be_one_person_is_refused(city: None, old_no: int, new_no: int, code: str) -> None:
    person(1, name="鈴木　一", kana="スズキ　ハジメ", resident_state="2")
    person(2, name="鈴木　一", kana="スズキ　ハジメ")
    person(3, name="鈴木　一", kana="スズキ　ハジメ")
    with pytest.raises(CodedError) as refused:
        joined(old_no, new_no)
    assert refused.value.code == code


def test_a_joined_persons_mail_goes_to_the_present_number(city: None) -> None:
    from kokuho.desks.people import destinations

    person(1, name="鈴木　一", kana="スズキ　ハジメ", resident_state="2", town="旧町")
    person(2, name="鈴木　一", kana="スズキ　ハジメ", town="新町")
    joined(1, 2)
    assert destinations.resolve([1], business=destinations.LEVY, on=DAY)[1].town == "新町"


def test_a_person_with_two_numbers_is_protected_stopped_and_redirected_under_both(city: None) -> None:
    """支援措置・処理停止・送付先 that stand under the old number hold for the person; the present number's own word comes first."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people import destinations, queries
    from kokuho.desks.people.models import MailDestination, ProcessingStop, Protection

    same = {"valid": DateRange(date(2026, 1, 1), None), "recorded_by": "t", "origin": "t"}

    def to(atena_no: int, address: str, *, safe: bool = False) -> None:
        MailDestination.objects.create(
            atena_no=atena_no, business=0, name="代理", postal_code="1000001", address=address, reason="申出", safe=safe, **same
        )

    for number in (1, 2):
        person(number, name="鈴木　一", kana="スズキ　ハジメ", resident_state="2" if number == 1 else "1", household_no=number)
    to(1, "旧番号の送付先")
    Protection.objects.create(atena_no=1, until=date(2027, 1, 1), **same)
    ProcessingStop.objects.create(atena_no=1, kind=ProcessingStop.PRINT, reason="返戻", **same)
    reader = actor(*RIGHTS)
    assert queries.persons(reader, [2], on=DAY)[2].address
    joined(1, 2)
    seen = queries.persons(reader, [2], on=DAY)[2]
    assert seen.protected and not seen.address and queries.household_protection(reader, 2) == [2]
    place = destinations.resolve([1, 2], business=destinations.LEVY, on=DAY)
    assert place[1] == place[2] and place[2].protected and place[2].stopped and not place[2].redirected, "not a safe place"
    Protection.objects.update(superseded_at="2026-07-01T00:00:00Z")
    assert destinations.resolve([2], business=destinations.LEVY, on=DAY)[2].to_address == "旧番号の送付先"
    to(2, "新番号の送付先")
    assert destinations.resolve([2], business=destinations.LEVY, on=DAY)[2].to_address == "新番号の送付先"
