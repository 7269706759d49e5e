"""DV-01, DV-02, ATENA-09, ATENA-11 on the screen: renewals, the daily report, pulled documents, what modules still have to do."""

from __future__ import annotations

from datetime import date
from typing import Any

from weboffice import HEAD, SHELTER, WIFE, City

DAY = date(2026, 7, 1)


def test_protection_is_on_the_renewal_list_before_and_after_its_end_and_never_lifts_itself(city: City, db: None) -> None:
    from kokuho.core.access import actor_for
    from kokuho.desks.people import queries

    by = actor_for("hogo", on=DAY, terminal="T1")
    # 支援措置 of WIFE ends on 30 April 2027.
    due = [queries.renewals_due(by, on=on).count() for on in (date(2027, 3, 30), date(2027, 3, 31), date(2027, 5, 1), date(2029, 5, 1))]
    assert due == [0, 1, 1, 1]


def test_the_renewal_list_shows_what_is_overdue(city: City, sign_in: Any) -> None:
    from kokuho.desks.people.models import Protection

    Protection.objects.filter(atena_no=WIFE).get().correct(recorded_by="op", origin="t", until=date(2026, 6, 1))
    page = sign_in("hogo").get("/people/protections/?due=due").content.decode()
    assert str(WIFE) in page and "30日過ぎています" in page
    assert sign_in("shikaku").get("/people/protections/").status_code == 403


def test_the_head_of_the_unit_reads_every_opening_of_the_day(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.actions.staff import register
    from kokuho.core.clock import JAPAN, now

    clerk = sign_in("shikaku")
    opened(clerk, f"/households/{SHELTER}/")
    token = sign_in("fuka").get(f"/persons/{WIFE}/").context["form"].initial["token"]
    clerk.post("/people/protected/", {"cancel": "1", "token": token})
    register(
        staff_no="kacho", name="課長", unit_code="01", unit_name="国保課", password="correct horse battery",
        roles=("assessment_approver", "protection_head"), applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
    )  # fmt: skip
    today = now().astimezone(JAPAN).date()
    page = sign_in("kacho").get(f"/people/protections/openings/?day={today.isoformat()}").content.decode()
    assert page.count("職員 shikaku") == 2 and "窓口に本人が来ている" in page and "開かずに戻った" in page
    assert "渡邉" not in page.split("<main")[1]
    assert sign_in("shikaku").get("/people/protections/openings/").status_code == 403


def test_a_pulled_document_waits_until_somebody_says_what_was_done(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.access import actor_for
    from kokuho.desks.people.actions import pulled
    from kokuho.desks.people.models import PulledDocument

    by = actor_for("fuka", on=DAY, terminal="T1")
    rows = [("2600000010", str(HEAD), "mail_stopped"), ("2600000028", str(WIFE), "protected")]
    for _ in range(2):
        pulled.keep(by=by, on=DAY, batch_id=1, document="levy-notice", rows=rows)
    assert PulledDocument.objects.count() == 2
    clerk = sign_in("fuka")
    page = clerk.get("/people/pulled/").content.decode()
    assert "2600000010" in page and "2600000028" in page
    stopped, protected = PulledDocument.objects.order_by("number")
    opened(clerk, f"/people/pulled/{stopped.pk}/")
    done = {"outcome": "sent", "note": "居所を確かめて発送"}
    assert clerk.post(f"/people/pulled/{stopped.pk}/", {"outcome": "sent", "note": ""}).status_code == 422
    assert clerk.post(f"/people/pulled/{stopped.pk}/", done).status_code == 302
    clerk.post(f"/people/pulled/{stopped.pk}/", {"outcome": "withdrawn", "note": "もう一度"})
    stopped.refresh_from_db()
    assert (stopped.outcome, stopped.done_by) == ("sent", "fuka")
    assert clerk.post(f"/people/pulled/{protected.pk}/", done).status_code == 403, "a protected person's is for those with the right"
    assert "2600000010" not in clerk.get("/people/pulled/").content.decode().split("<main")[1]


def test_a_change_leaves_to_each_module_what_it_has_to_do(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.access import actor_for
    from kokuho.desks.people.actions import events
    from kokuho.desks.people.models import ChangeTask

    by = actor_for("shikaku", on=DAY, terminal="T1")
    events.happened(by=by, atena_no=HEAD, kind="account", on=DAY, origin="entry:1")
    [task] = ChangeTask.objects.all()
    client = sign_in("shuno")
    assert "口座" in client.get("/people/changes/").content.decode()
    opened(client, f"/people/changes/{task.pk}/")
    assert client.post(f"/people/changes/{task.pk}/", {"note": "振替依頼を差し替えた"}).status_code == 302
    task.refresh_from_db()
    assert (task.done_by, task.note) == ("shuno", "振替依頼を差し替えた")
    assert client.get("/people/changes/").context["sheet"].blocks[0].list.count == 0
