"""SHI-01: every page can be asked for a past business date and a past knowledge date, or says why it is about now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.utils import timezone
from test_routes import addresses, routes
from weboffice import CHILD, DAY, HEAD, HOUSEHOLD, City, fill

from kokuho.core import clock
from kokuho.core.screens.guard import declaration

MARK = "後日判明"
AMOUNT = 987_654
NOW = clock.now().date()  # the moments of recording come from the database's clock, whatever the business date is
BEFORE, BETWEEN = NOW - timedelta(days=40), NOW - timedelta(days=5)
ROLES = ("qualification", "assessment", "collection", "protection", "qualification_approver")


def present() -> Mapping[str, Any]:
    return yaml.safe_load(files("kokuho.web").joinpath("data", "present.yaml").read_text("utf-8"))  # type: ignore[no-any-return]


def test_every_screen_answers_for_the_past_or_says_why_not(database_name: str) -> None:
    told = present()
    screens = {name for names in told["screens"].values() for name in names}
    modules = tuple(name for names in told["modules"].values() for name in names)
    undecided, both = [], []
    for name, view, _ in routes():
        declared = declaration(view)
        assert declared is not None
        about_now = name in screens or view.__module__.startswith(modules)
        if declared.past and name in screens:
            both.append(name)
        if not (declared.past or about_now or declared.public or declared.entrance):
            undecided.append(name)
    assert undecided == [] and both == []
    assert screens <= {name for name, _, _ in routes()}
    assert all(len(reason) >= 8 for part in told.values() for reason in part)


def shift(socket: Path, database: str, days: int) -> None:
    """Let everything have been recorded some days ago, behind the back of triggers and constraints."""
    with psycopg.connect(host=str(socket), user="postgres", dbname=database, autocommit=True) as server:
        server.execute("SET session_replication_role = replica")
        rows = server.execute(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns JOIN pg_tables ON tablename = table_name "
            "AND schemaname = table_schema WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' "
            "AND table_name NOT LIKE 'django%' GROUP BY 1"
        ).fetchall()
        for table, columns in rows:
            changes = ", ".join(f'"{column}" = "{column}" - interval \'{days} days\'' for column in columns)
            server.execute(f'UPDATE "{table}" SET {changes}')  # type: ignore[arg-type]


def more() -> tuple[dict[str, Any], dict[str, int]]:
    """What the office of `weboffice` does not hold yet; parts of addresses that lead there."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.access import actor_for
    from kokuho.core.models import BatchRun
    from kokuho.desks.eligibility import models as eligibility
    from kokuho.desks.people import models as people

    facts = {"recorded_by": "shikaku", "origin": "entry:1"}
    always = DateRange(date(2024, 4, 1), None)
    people.Contact.objects.create(atena_no=HEAD, kind=1, priority=1, value="09011112222", valid=always, **facts)
    people.Memo.objects.create(atena_no=HEAD, valid=always, text="窓口で説明済み", **facts)
    people.Corporation.objects.create(
        atena_no=9_000_000_001, kind=1, name="株式会社見本", name_kana="ミホン", search_name="見本", search_kana="ミホン", address="見本市",
        valid=always, **facts,
    )  # fmt: skip
    eligibility.Exclusion.objects.create(atena_no=CHILD, code="101", confirmed_by="証明書", valid=always, **facts)
    change = people.PersonChange.objects.create(atena_no=HEAD, kind="mail_destination", effective_on=DAY, **facts)
    told = {"kind": change.kind, "effective_on": change.effective_on, "todo": "証の送付先を確かめる"}
    task = people.ChangeTask.objects.create(change=change, module="eligibility", **told)
    pulled = people.PulledDocument.objects.create(
        batch_id=1, document="levy-notice", number="2600000010", atena_no=HEAD, reason="mail_stopped", pulled_on=DAY
    )
    finding = eligibility.OtherInsuranceFinding.objects.create(
        atena_no=HEAD, household_no=HOUSEHOLD, kind="joined", source="manual", scheme="健康保険", event_on=DAY, origin="m", found_on=DAY
    )
    certificate = eligibility.Certificate.objects.create(
        kind="confirmation", atena_no=HEAD, household_no=HOUSEHOLD, issued_on=DAY, reason="new", method="mail", office="国保課",
        name="渡邉󠄂　太郎", printed={"ratio": "3"}, recorded_by="shikaku",
    )  # fmt: skip
    eligibility.CertificateHolding.objects.create(certificate=certificate, atena_no=HEAD, kind="confirmation", changed_on=DAY)
    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.eligibility.actions import ages, renewal
    from kokuho.desks.people.actions import registrations

    runs = {
        route: BatchRun.objects.create(
            kind=kind, title=f"{kind} R8", state=BatchRun.DONE, ordered_by="shikaku", business_date=DAY, results={"households": 1},
            parameters={"month": "2026-08", "renew_on": "2026-08-01"}, ended_at=timezone.now(),
        ).pk
        for route, kind in (
            ("assessment:burden_run", burden.KIND), ("eligibility:renewal", renewal.KIND), ("eligibility:age_run", ages.KIND),
        )
    }  # fmt: skip
    BatchRun.objects.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    view = eligibility.MonthView.objects.create(
        purpose="levy", month=date(2026, 6, 1), fixed_by="shikaku", business_date=DAY, households=1, persons=2
    )
    entry = registrations.enter(
        by=actor_for("hogo", on=DAY, terminal="test"), on=DAY, code="contact", atena_no=HEAD, valid_from=DAY, reason="電話",
        values={"priority": 2, "kind": 2, "value": "09033334444", "business": 0, "purpose": ""},
    )  # fmt: skip
    known = {
        "task_id": task.pk, "pulled_id": pulled.pk, "finding_id": finding.pk, "certificate_id": certificate.pk, "view_id": view.pk,
        "entry_id": entry.pk,
    }  # fmt: skip
    return known, runs


def later() -> None:
    """What is recorded after the knowledge date: everything that was believed is corrected, every queue moves on, acts follow."""
    from django.apps import apps
    from django.db.models.functions import Now

    from kokuho.core.access import actor_for
    from kokuho.core.actions.entries import withdraw
    from kokuho.core.models import Approval, BatchRun, Entry, Fact
    from kokuho.desks.assessment.models import Decision
    from kokuho.desks.collection.models import Account, Posting
    from kokuho.desks.eligibility import models as eligibility
    from kokuho.desks.people import models as people

    told = {"recorded_by": "shikaku", "origin": "entry:2"}
    marks = {"Person": ("name", "town"), "Contact": ("value",), "Memo": ("text",), "Corporation": ("name",), "Exclusion": ("confirmed_by",)}
    for model in apps.get_models():
        if not issubclass(model, Fact) or not model.objects.filter(superseded_at__isnull=True).exists():
            continue
        if model is people.Protection:
            continue
        for row in model.objects.filter(superseded_at__isnull=True):
            changes = dict.fromkeys(marks.get(model.__name__, ()), MARK)
            if model.__name__ in marks:
                row.correct(**told, **changes)
            else:
                model.objects.filter(pk=row.pk).update(superseded_at=Now())
    eligibility.ChangeCandidate.objects.update(state="dismissed", reason=MARK, result="other", decided_by="hogo", decided_at=timezone.now())
    eligibility.Difference.objects.update(state="known", note=MARK, worker="hogo")
    finding = eligibility.OtherInsuranceFinding.objects.get()
    eligibility.FindingStep.objects.create(finding=finding, atena_no=HEAD, kind="answered", happened_on=DAY, text=MARK, recorded_by="hogo")
    eligibility.OtherInsuranceFinding.objects.update(scheme=MARK)
    people.PulledDocument.objects.update(outcome="sent", note=MARK, done_by="hogo", done_at=timezone.now())
    people.ChangeTask.objects.update(note=MARK, done_by="hogo", done_at=timezone.now())
    held = eligibility.Certificate.objects.get()
    held.pk, held.name, held.recorded_at = None, MARK, timezone.now()
    held.save(force_insert=True)
    eligibility.CertificateHolding.objects.create(certificate=held, atena_no=HEAD, kind="confirmation", changed_on=DAY)
    first = eligibility.Certificate.objects.order_by("pk")[0]
    eligibility.CertificateEvent.objects.create(certificate=first, kind="returned", on=DAY, note=MARK, recorded_by="hogo")
    eligibility.CertificateHolding.objects.filter(certificate=first).update(state="returned")
    decision = Decision.objects.get()
    decision.pk, decision.version, decision.total, decision.reason = decision.pk + 1, 1, AMOUNT, MARK
    decision.recorded_at = timezone.now()
    decision.save(force_insert=True)
    Posting.objects.create(
        id=decision.pk * 100 + 1, kind="levy", debit=Account.RECEIVABLE, credit=Account.REVENUE, amount=AMOUNT, payer_no=HEAD,
        fiscal_year=2026, basis_year=2026, accounting_year=2026, notice_no=decision.notice_no, term=1, due_on=DAY, effective_on=DAY,
        decision_id=decision.pk, reason=MARK,
    )  # fmt: skip
    eligibility.EligibilityEvent.objects.create(
        atena_no=HEAD, household_no=HOUSEHOLD, kind="loss", code="201", event_on=DAY, recorded_by="hogo", origin="entry:2"
    )
    for run in BatchRun.objects.all():
        run.add(issued=AMOUNT, applied=AMOUNT)
        run.save()
    Approval.objects.update(state="approved", decided_by="kakari", decided_at=timezone.now(), reason=MARK)
    entry = Entry.objects.get(state="pending")
    withdraw(by=actor_for("hogo", on=DAY, terminal="test"), on=DAY, entry_id=entry.pk, reason=MARK)


Pages = Callable[[str], dict[str, str]]


@pytest.fixture
def office(
    committed_db: str, database_template: tuple[Path, str], training: None, sign_in: Any, hire: Any, opened: Any
) -> tuple[City, Pages]:
    """Everything was recorded ten days ago; what was recorded later is of today. `pages("known=…")` reads every page."""
    city = fill()
    hire("zen", *ROLES)
    known, runs = more()
    shift(database_template[0], committed_db, 10)
    client = sign_in("zen")
    opened(client, f"/households/{HOUSEHOLD}/")

    def pages(ask: str) -> dict[str, str]:
        found = {}
        for name, (_, view) in addresses(city).items():
            declared = declaration(view)
            if declared is None or not declared.past:
                continue
            route = next(route for named, _, route in routes() if named == name)
            values = {**NUMBERS, **known, "run_id": runs.get(name, city.run_id), "decision_id": city.decision_id,
                      "status_id": city.status_id, "difference_id": city.difference_id, "candidate_id": city.candidate_id}  # fmt: skip
            if name == "people:corporation":
                values["atena_no"] = 9_000_000_001
            answer = client.get(f"{route.address(values)}?{ask}", follow=True)
            assert answer.status_code in (200, 404), name
            body = answer.content.decode()
            main = body.split("<main")[-1].split("</main>")[0]
            found[name] = main if answer.status_code == 200 else ""
        return found

    pages.client = client  # type: ignore[attr-defined]
    return city, pages


NUMBERS = {"household_no": HOUSEHOLD, "atena_no": HEAD, "fiscal_year": 2026, "slug": "towns"}
UNSEEN = {"eligibility:notice", "people:inquiry", "eligibility:hearing"}  # an entry of another kind; nothing was inquired or announced
PARTS = {"household_noted", "household_papers"}  # of the household's page, which says it


@pytest.mark.proof
def test_a_page_of_the_past_does_not_know_what_was_recorded_later(office: tuple[City, Pages]) -> None:
    _, pages = office
    shown = pages(f"known={BETWEEN.isoformat()}")
    assert {name for name, page in shown.items() if not page} <= UNSEEN | {"people:authenticity"}
    assert "渡邉" in shown["household"] and "渡邉" in shown["eligibility:certificates"]
    later()
    again = pages(f"known={BETWEEN.isoformat()}")
    changed = [name for name, page in shown.items() if plain(again[name]) != plain(page)]
    assert changed == []
    assert [name for name, page in again.items() if MARK in page or f"{AMOUNT:,}" in page] == []
    now = pages("")
    told = {name for name, page in now.items() if MARK in page or f"{AMOUNT:,}" in page}
    assert told >= {
        "household", "person", "people:registered", "people:corporations", "people:corporation", "eligibility:exclusions",
        "eligibility:finding", "eligibility:certificates", "eligibility:certificate", "assessment:burden_run", "eligibility:renewal",
        "eligibility:candidate", "eligibility:difference", "people:task", "people:pulled_document", "collection:postings", "entry",
    }  # fmt: skip
    # Before anything was recorded there is nothing to be seen.
    nothing = pages(f"known={BEFORE.isoformat()}")
    assert [name for name, page in nothing.items() if any(word in page for word in ("渡邉", "ワタナベ", "見本", "09011112222"))] == []


def plain(page: str) -> str:
    """A page without what differs from one request to the next."""
    return re.sub(r'(name="csrfmiddlewaretoken" value|name="token" value)="[^"]*"', "", page)


@pytest.mark.proof
def test_a_page_of_the_past_says_so_and_takes_no_entry(office: tuple[City, Pages]) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.web.carrying import opens_past

    _, pages = office
    client = pages.client  # type: ignore[attr-defined]
    ask = f"known={BETWEEN.isoformat()}&on=2026-06-01"
    for name, page in pages(ask).items():
        if not page:
            continue
        if name not in PARTS:
            assert "指定した時点を表示しています" in page and "今に戻る" in page, name
        assert 'method="post"' not in page, name
        for address in re.findall(r'(?:href|hx-get)="(/[^"]+)"', re.sub(r"<form[^>]*>|<[^>]*data-now[^>]*>", "", page)):
            if opens_past(address.split("?")[0]):
                assert f"known={BETWEEN.isoformat()}" in address and "on=2026-06-01" in address, (name, address)
    refused = client.post(f"/eligibility/differences/1/?{ask}", {"act": "take"})
    assert refused.status_code == 409 and "過去の時点の画面からは入力できません" in refused.content.decode()
    client.get(f"/persons/{HEAD}/?{ask}")
    record = AuditRecord.objects.filter(function="person").latest("pk")
    assert record.detail["known"] == BETWEEN.isoformat() and record.detail["on"] == "2026-06-01"
    wrong = client.get(f"/persons/{HEAD}/?known=きのう").content.decode()
    too_early = client.get(f"/persons/{HEAD}/?on=S10.4.1").content.decode()
    assert "S36.4.1 から10年先まで" in too_early and "指定した時点を表示しています" not in too_early
    assert client.get("/eligibility/findings/1/?on=H20.4.1").status_code == 422  # the law's values of then are not held
    assert "R8.11.20 のように入力してください" in wrong and "指定した時点を表示しています" not in wrong


def test_who_is_protected_today_is_hidden_in_what_was_known_before(
    committed_db: str, database_template: tuple[Path, str], training: None, sign_in: Any, opened: Any
) -> None:
    """The register forgot that she ever lived there; she was not yet protected then; the page of then hides her all the same."""
    from django.db.models.functions import Now
    from weboffice import SECRET_PLACE, SHELTER, WIFE, lifted

    from kokuho.desks.people.models import Person, Protection

    fill()
    lifted()
    shift(database_template[0], committed_db, 10)
    Person.objects.filter(household_no=SHELTER).update(superseded_at=Now())
    held = Protection.objects.get()
    held.pk, held.recorded_at, held.superseded_at = None, None, None
    Protection.objects.create(
        atena_no=WIFE, valid=held.valid, until=held.until, recorded_by="hogo", origin="entry:3"
    )
    client = sign_in("shikaku")
    address = f"/households/{SHELTER}/?known={BETWEEN.isoformat()}"
    assert SECRET_PLACE not in client.get(address).content.decode()
    page = opened(client, address).content.decode()
    assert "渡邉" in page and SECRET_PLACE not in page and "支援措置のため表示しません" in page
