"""OPS-06, LOG-03: nothing that is held about a person is missing from the print; protected parts and what was withheld are left out."""

from __future__ import annotations

from typing import Any

import pytest
from weboffice import CHILD, DAY, HEAD, SECRET_PLACE, WIFE, City

# Tables that name a person inside a text or a list without being about them; each with its reason.
ELSEWHERE = {
    "core_auditrecord": "the operation record: printed when it is asked for",
    "django_session": "the session of a clerk, gone at the end of the day",
    "core_writerecord": "row numbers that look alike",
}


def ask(sign_in: Any, hire: Any, atena_no: int, kind: str = "disclose", requester: str = "self", **proposal: Any) -> int:
    """A request that was received, proposed and granted by two persons."""
    from kokuho.core.models import DisclosureRequest, Staff

    if not Staff.objects.filter(staff_no="kaiji").exists():
        hire("kaiji", "disclosure")
        hire("kaijicho", "disclosure_head")
    client = sign_in("kaiji")
    form = {"kind": kind, "atena_no": atena_no, "requester": requester, "identity": "運転免許証", "received_on": "R8.6.30", "scope": "全部"}
    assert client.post("/control/disclosure/new/", {**form, "identity": ""}).status_code == 422
    assert client.post("/control/disclosure/new/", form).status_code == 302
    number = DisclosureRequest.objects.latest("pk").pk
    address = f"/control/disclosure/{number}/"
    assert client.post(address, {"act": "propose", "proposal": "全部を開示する", **proposal}).status_code == 302
    assert client.post(address, {"act": "grant", "reason": "理由"}).status_code == 403
    assert sign_in("kaijicho").post(address, {"act": "grant", "reason": "法第78条に当たらない"}).status_code == 302
    return int(number)


def test_every_row_that_the_database_holds_about_a_person_is_in_the_print(city: City, sign_in: Any, hire: Any) -> None:
    from django.db import connection

    from kokuho.core import dossier

    number = ask(sign_in, hire, HEAD)
    counted = {t.name: dossier.counts(HEAD).get(t.code, 0) for t in dossier.tables()}
    missing = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{name}" t WHERE t::text ~ %s', [rf"\m{HEAD}\M"])
            held = cursor.fetchone()[0]
            if held > counted.get(name, 0) and name not in ELSEWHERE:
                missing[name] = (held, counted.get(name, 0))
    assert missing == {}
    answer = sign_in("kaiji").get(f"/control/disclosure/{number}/print/")
    page = answer.content.decode()
    blocks = {b.title.partition("（")[0] for b in answer.context["sheet"].blocks if getattr(b, "kind", "") == "table"}
    assert {t.title.partition("（")[0] for t in dossier.tables() if counted[t.name] and t.kind != dossier.RECORD} <= blocks
    assert "渡邉" in page and 'class="paper"' in page


def test_where_a_protected_person_is_stays_out_for_anybody_else(city: City, sign_in: Any, hire: Any, opened: Any) -> None:
    from kokuho.core.models import AuditRecord

    number = ask(sign_in, hire, WIFE, requester="proxy")
    page = opened(sign_in("kaiji"), f"/control/disclosure/{number}/print/").content.decode()
    assert SECRET_PLACE not in page and "（表示しません）" in page and "渡邉" in page
    own = ask(sign_in, hire, WIFE)
    assert SECRET_PLACE in opened(sign_in("kaiji"), f"/control/disclosure/{own}/print/").content.decode()
    record = AuditRecord.objects.filter(function="disclosure.print").latest("pk")
    assert record.operation == "print" and record.persons == [WIFE]


def test_what_is_withheld_says_why(city: City, sign_in: Any, hire: Any) -> None:
    number = ask(sign_in, hire, HEAD, withheld=["people.person"], why="第三者の情報（第78条第1項第2号）")
    page = sign_in("kaiji").get(f"/control/disclosure/{number}/print/").content.decode()
    assert "不開示：第三者の情報" in page and "ワタナベ　タロウ" not in page


def test_a_granted_suspension_is_known_to_whoever_takes_data_out(city: City, sign_in: Any, hire: Any) -> None:
    from kokuho.core import suspensions
    from kokuho.core.models import UseSuspension

    ask(sign_in, hire, HEAD, kind="suspend", item="levy")
    assert suspensions.standing([HEAD, WIFE], "levy.read") == {HEAD} and suspensions.standing([HEAD], "ledger.read") == set()
    found = UseSuspension.objects.get()
    assert found.since == DAY
    assert sign_in("kaijicho").post(f"/control/disclosure/suspensions/{found.pk}/lift/").status_code == 302
    assert suspensions.standing([HEAD], "levy.read") == set()


def test_the_rooms_of_conduct_and_incidents_open_on_screens(city: City, sign_in: Any, hire: Any) -> None:
    hire("joho_anzen", "security")
    client = sign_in("joho_anzen")
    assert "未実施" in client.get("/control/conduct/").content.decode()
    form = {"topic": "server_room", "done_on": "R8.7.1", "result": "異常なし", "follow_up": "", "next_due": ""}
    assert client.post("/control/conduct/new/attestation/", {**form, "result": ""}).status_code == 422
    assert client.post("/control/conduct/new/attestation/", form).status_code == 302
    page = client.get("/control/conduct/pack/?since=R8.4.1&until=R8.7.1").content.decode()
    assert "操作記録（LOG-01" in page and str(HEAD) not in page
    incident = {"title": "誤送付", "about": "封入の誤り", "known_at": "R8.7.1 9:00", "since": "R8.6.30 08:00", "until": "R8.7.1 09:00"}
    assert client.post("/control/incidents/new/", incident).status_code == 422
    assert client.post("/control/incidents/new/", {**incident, "known_at": "R8.7.1 09:00"}).status_code == 302
    listed = client.get("/control/incidents/").content.decode()
    assert "誤送付" in listed
    from kokuho.core.models import Incident

    number = Incident.objects.get().pk
    assert client.post(f"/control/incidents/{number}/", {"act": "scope", "kind": "person", "value": str(HEAD)}).status_code == 302
    page = client.get(f"/control/incidents/{number}/").content.decode()
    assert str(HEAD) in page and "速報" in page
    notice = {"act": "step", "kind": "notice", "done_on": "R8.7.1", "text": "文書で通知", "everybody": "on"}
    assert client.post(f"/control/incidents/{number}/", notice).status_code == 302
    assert sign_in("fuka").get("/control/incidents/").status_code == 403


@pytest.mark.parametrize("staff_no", ["kansa", "densan", "fuka"])
def test_the_hub_shows_only_what_may_be_opened(city: City, sign_in: Any, staff_no: str) -> None:
    client = sign_in(staff_no)
    answer = client.get("/control/")
    links = [c.url for block in answer.context["sheet"].blocks for row in block.rows for c in row if c.url]
    assert links and all(client.get(link).status_code == 200 for link in links)


def test_a_correction_shows_before_and_after_and_who_was_told(city: City, sign_in: Any, hire: Any) -> None:
    from kokuho.core.clock import now
    from kokuho.core.models import Correction, Entry
    from kokuho.desks.assessment.models import Income

    common = {"kind": "test", "payload": {}, "on": "2026-07-01", "entered_by": "fuka", "state": "confirmed", "decided_by": "kakari",
              "decided_at": now()}  # fmt: skip
    entry = Entry.objects.create(title="所得の訂正", persons=[HEAD], **common)
    other = Entry.objects.create(title="所得の登録", persons=[CHILD], **common)
    row = Income.objects.get(atena_no=HEAD)
    row.correct(recorded_by="fuka", origin=f"entry:{entry.pk}", business_income=2_500_000)
    Income.objects.filter(pk=row.pk).update(superseded_at=now())
    number = ask(sign_in, hire, HEAD, kind="correct")
    client = sign_in("kaiji")
    address = f"/control/disclosure/{number}/correction/"
    assert address in client.get(f"/control/disclosure/{number}/").content.decode()
    page = client.get(address).content.decode()
    offered = [f'value="{origin}"' for origin in (f"entry:{entry.pk}", "file:1")]
    assert all(choice in page for choice in offered) and page.index(offered[0]) < page.index(offered[1]), "the newest first"
    assert f"所得の訂正（番号 {entry.pk}）　職員 fuka・職員 kakari" in page and "所得の登録" not in page, "another person's is not offered"
    assert client.post(address, {"act": "record", "origin": f"entry:{other.pk}"}).status_code == 422
    assert client.post(address, {"act": "record", "origin": f"entry:{entry.pk}"}).status_code == 302
    assert Correction.objects.filter(request_id=number, before="3000000", after="2500000").count() == 1
    shown = client.get(address).content.decode()
    assert "3000000" in shown and "2500000" in shown and "提供の記録はありません" in shown
