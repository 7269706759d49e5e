"""世帯メモ, 処理停止: entered by one, confirmed by another, shown where staff look."""

from __future__ import annotations

from datetime import date
from typing import Any

from weboffice import HEAD, HOUSEHOLD, City

MEMO = {"business": "3", "text": "長女が代わりに相談に来る", "since": "R8.7.1", "last": "", "reason": "窓口で聞いた"}


def test_a_households_memo_is_confirmed_shown_and_ended(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.models import Entry
    from kokuho.desks.people.models import Memo

    clerk, colleague, address = sign_in("shikaku"), sign_in("hogo"), f"/people/households/{HOUSEHOLD}/memos/"
    assert "世帯メモはありません" in opened(clerk, address).content.decode()
    assert clerk.post(address, {**MEMO, "text": " "}).status_code == 422
    assert clerk.post(address, MEMO).status_code == 302
    entry = Entry.objects.get(kind="people.household_memo")
    assert not Memo.objects.exists() and "長女" in opened(colleague, f"/entries/{entry.pk}/").content.decode()
    assert colleague.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 302
    card = colleague.get(f"/households/{HOUSEHOLD}/noted/").content.decode()
    assert "長女が代わりに相談に来る" in card and "収納" in card
    assert "長女" not in clerk.get(f"/households/{HOUSEHOLD}/noted/").content.decode(), "a protected person lived here"
    memo = Memo.objects.get()
    assert clerk.post(f"/people/household-memos/{memo.pk}/", {"last": "R8.7.31", "reason": "済んだ"}).status_code == 302
    entry = Entry.objects.latest("pk")
    assert colleague.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 302
    assert Memo.objects.get(superseded_at__isnull=True).valid.upper == date(2026, 8, 1)
    assert sign_in("kakari").get(f"/people/household-memos/{memo.pk}/").status_code == 403


def test_who_is_stopped_is_listed_by_what_is_stopped(city: City, sign_in: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.assessment.models import LevyLeftOut
    from kokuho.desks.people.models import ProcessingStop

    ProcessingStop.objects.create(
        atena_no=HEAD, kind=1, reason="裁決待ち", valid=DateRange(date(2026, 6, 1), None), recorded_by="t", origin="t"
    )
    client = sign_in("fuka")
    page = client.get("/people/stops/?kind=1").content.decode()
    assert "裁決待ち" in page and "渡邉󠄂　太郎" in page
    assert "裁決待ち" not in client.get("/people/stops/?kind=4").content.decode()
    LevyLeftOut.objects.create(run_id=city.run_id, household_no=HOUSEHOLD, atena_no=HEAD, reason="裁決待ち")
    assert "裁決待ち" in client.get(f"/assessment/runs/{city.run_id}/left-out/").content.decode()
