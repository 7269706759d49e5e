"""VENDOR: contractors are on the roster, work in approved windows at their terminals, and have what their order says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.test import Client

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import (
    CONTRACT,
    CONTRACTOR,
    WORKER,
    Officers,
    appoint,
    browser,
    contractor,
    put,
    roster,
    terminal,
    window,
)
from kokuho.controls.scene import Scene, text, with_only
from kokuho.core import analysis, clock, journal, seals, vault
from kokuho.core.access import actor_for
from kokuho.core.actions import accounts, vendors
from kokuho.core.models import AuditRecord, ContractWorker, Entry, Staff, VendorWindow
from kokuho.core.queries import vendors as queries
from kokuho.core.vendors import never

_HOUR = timedelta(hours=1)


def _records() -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(staff_no=CONTRACTOR).order_by("pk"))


def _at_work(office: Officers, secret: str, **order: object) -> Client | None:
    """A window from a minute ago for an hour, and the contractor signed in at a work terminal."""
    now = clock.now()
    office.approved(window(office, now - timedelta(minutes=1), now + _HOUR, **order))
    put(office.on, {"vendor.place": "work_terminals"})
    cache.clear()
    return browser(CONTRACTOR, secret, cookie=terminal("T-WORK", "work", office.on))


@check("VENDOR-01", commits=True)
def accounts_stand_on_the_roster(scene: Scene, seen: Evidence) -> None:
    """No account without a place on the roster, with contract and pledge; the account ends with it, open sessions too."""
    office = appoint(scene.on)
    secret = contractor(office)
    form: dict[str, Any] = {
        "staff_no": "chkVe2", "person_no": "W-NOBODY", "name": "点検 名簿外", "name_kana": "", "account_class": Staff.CONTRACTOR,
        "unit": fixture.UNIT, "valid_from": scene.on.isoformat(), "valid_until": (scene.on + timedelta(days=10)).isoformat(),
    }  # fmt: skip
    seen.refused("名簿にない人の委託先のIDを申請する", office.apply, accounts.REGISTER, by=office.admin, code="VENDOR-01", **form)
    office.approved(roster(office, worker_no="W-NOBODY", name="点検 名簿外", pledge_on=""))
    seen.refused("誓約書のない人の委託先のIDを申請する", office.apply, accounts.REGISTER, by=office.admin, code="VENDOR-01", **form)
    seen.none([s.staff_no for s, _ in queries.contractors_without_standing(office.head, on=scene.on)], "誓約・契約のそろわない委託先のID")
    ContractWorker.objects.filter(worker_no=WORKER).update(pledge_on=None)
    found = [s.staff_no for s, _ in queries.contractors_without_standing(office.head, on=scene.on)]
    seen.equal(found, [CONTRACTOR], "誓約書をなくした作業従事者が帳票に出る")
    ContractWorker.objects.filter(worker_no=WORKER).update(pledge_on=scene.on - timedelta(days=60))
    client = _at_work(office, secret)
    seen.must(client is not None, "名簿にある作業従事者が承認された時間にログインする")
    vendors.end_worker(by=office.head, on=scene.on, worker_no=WORKER, reason="点検")
    if client is not None:
        seen.equal(client.get("/batches/").status_code, 302, "名簿から外した後、開いたままの利用で画面を開く")
    cache.clear()
    seen.must(browser(CONTRACTOR, secret, cookie=terminal("T-WORK2", "work", scene.on)) is None, "名簿から外した後にログインする")


@check("VENDOR-01", place=REAL)
def contractors_have_standing(seen: Evidence) -> None:
    """In the installation: active contractor accounts whose roster entry, contract, pledge or training does not hold."""
    found = queries.contractors_without_standing(with_only("vendor.read"), on=clock.business_date())
    seen.none([f"{staff.staff_no}（{why}）" for staff, why in found], "名簿・契約・誓約・研修のそろわない委託先のID")
    seen.value("有効な委託先のID", Staff.objects.filter(account_class=Staff.CONTRACTOR, is_active=True).count())


@check("VENDOR-02", commits=True)
def only_in_an_approved_window(scene: Scene, seen: Evidence) -> None:
    """Without a window, from an ordinary terminal, after the end: refused. In the window: open, with a banner, all in the report.
    The next window waits for the record of work and its confirmation."""
    office = appoint(scene.on)
    secret = contractor(office)
    put(scene.on, {"vendor.place": "work_terminals", "auth.hours.mode": "warn"})
    work = terminal("T-WORK", "work", scene.on)
    now = clock.now()

    def enter(cookie: str) -> tuple[Client | None, str]:
        cache.clear()
        client = browser(CONTRACTOR, secret, cookie=cookie)
        last = [r for r in _records() if r.function == "sign-in" and r.result == "refused"]
        return client, str(last[-1].detail.get("why")) if client is None and last else ""

    client, why = enter(work)
    seen.must(client is None and why == "no_window", "承認された時間のない作業従事者がログインする", why or "入れた")
    order = window(office, now - timedelta(minutes=1), now + _HOUR)
    client, why = enter(work)
    seen.must(client is None, "申請しただけで承認のない時間にログインする", why or "入れた")
    office.approved(order)
    client, why = enter("")
    seen.must(client is None and why == "not_the_place", "ふつうの業務端末からログインする", why or "入れた")
    client, _ = enter(work)
    if not seen.must(client is not None, "承認された時間に作業用端末からログインする") or client is None:
        return
    page = text(client.get("/batches/"))
    row = VendorWindow.objects.get()
    seen.must("委託先の作業" in page and f"第{row.pk}号" in page, "画面に委託先の作業の帯と番号が出る")
    made = [r for r in _records() if r.result == "ok" and r.session]
    seen.none([r.pk for r in made if r.function != "sign-in" and r.detail.get("order") != row.pk], "作業の番号のない操作の記録")
    hits = list(analysis.RULES["contractors"](analysis.load(seals.today(), lambda own, on: {}), journal.settings()["rules"]["contractors"]))
    seen.must(any(hit.staff_no == CONTRACTOR for hit in hits), "記録の分析（委託先の利用）に上がる", f"{sum(h.figure for h in hits)}件")
    after = row.ends + timedelta(minutes=1)
    with clock.standing(after):
        seen.equal(client.get("/batches/").status_code, 302, "時間が終わった後、開いたままの利用で画面を開く")
        client, why = enter(work)
        seen.must(client is None, "時間が終わった後にログインする", why or "入れた")
        _closing(office, row, after, seen)


def _closing(office: Officers, row: VendorWindow, after: datetime, seen: Evidence) -> None:
    """The window is over: it stays open work until it is reported and confirmed, and closes the way to the next."""
    listed = [r.window.pk for r in queries.unfinished_windows(office.head)]
    seen.equal(listed, [row.pk], "作業記録と確認のない作業が一覧に残る")
    seen.refused("次の作業の時間を申請する", window, office, after, after + _HOUR, code="VENDOR-02-OPEN")
    seen.refused("記録のない作業を確認する", vendors.confirm, by=office.second, window_id=row.pk, finding="可", code="VENDOR-02-REPORT")
    vendors.report(by=office.head, window_id=row.pk, text="点検した者と内容")
    seen.refused("記録した本人が確認する", vendors.confirm, by=office.head, window_id=row.pk, finding="可", code="VENDOR-02-CONFIRM")
    vendors.confirm(by=office.second, window_id=row.pk, finding="記録と一致した")
    seen.must(window(office, after, after + _HOUR).pk is not None, "確認の後に次の作業の時間を申請する", "受け付けた")


@check("VENDOR-02", place=REAL)
def windows_are_closed(seen: Evidence) -> None:
    """In the installation: windows that are over without record and confirmation."""
    found = queries.unfinished_windows(with_only("vendor.read"))
    seen.none([f"第{r.window.pk}号（{r.label}）" for r in found], "記録・確認のない委託先の作業")


@check("VENDOR-03", commits=True)
def nothing_but_what_the_order_grants(scene: Scene, seen: Evidence) -> None:
    """Erasing, taking out, printing in bulk and My Numbers answer 403 to a contractor whose roles carry them; an order opens one of
    them for one person; what was done is listed apart."""
    office = appoint(scene.on)
    secret = contractor(office)
    client = _at_work(office, secret)
    if not seen.must(client is not None, "作業の時間にログインする") or client is None:
        return
    forbidden, known = never(), {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": scene.fiscal_year}
    seen.value("作業が名指ししない限り与えない権限", len(forbidden))
    routes = [r for r in crawl.routes() if r.declared and r.declared.capability in forbidden]
    opened = [r.name for r in routes for answer in (client.get(r.address(known)),) if answer.status_code != 403]
    seen.none(opened, f"委託先のIDで開いた消去・抽出・一括印刷・個人番号・権限・設定の画面（{len(routes)}画面）")
    by = actor_for(CONTRACTOR, on=scene.on, terminal="T-WORK")
    seen.none(sorted(by.capabilities & forbidden), "委託先のIDが持つ、与えないはずの権限")
    seen.refused("指示のない委託先のIDで個人番号を表示する", vault.reveal, by, fixture.P_1, "点検", code="RIGHTS-01")
    seen.refused("対象の人を決めずに個人番号の表示を認める", window, office, clock.now(), clock.now() + _HOUR,
                 capabilities=["mynumber.reveal"], code="VENDOR-03")  # fmt: skip
    row = VendorWindow.objects.get()
    vendors.report(by=office.head, window_id=row.pk, text="点検")
    vendors.confirm(by=office.second, window_id=row.pk, finding="可")
    now = clock.now()
    office.approved(_with_number(office, now, fixture.P_1))
    _one_number(scene, office, seen)


def _with_number(office: Officers, now: datetime, atena_no: int) -> Entry:
    return vendors.request_window(
        by=office.head, on=office.on, reason="点検", persons=[atena_no], contract=CONTRACT, workers=[WORKER], scope="個人番号の確認",
        place="電算機室", starts=(now - timedelta(seconds=1)).isoformat(), ends=(now + _HOUR).isoformat(),
        capabilities=["mynumber.reveal"],
    )  # fmt: skip


def _one_number(scene: Scene, office: Officers, seen: Evidence) -> None:
    """The order names one person: that number opens, with one record; no other. The report of the day equals what was done."""
    before = len(_records())
    by = actor_for(CONTRACTOR, on=scene.on, terminal="T-WORK")
    row = VendorWindow.objects.order_by("-pk").first()
    seen.refused("指示の対象でない人の個人番号を表示する", vault.reveal, by, fixture.P_2, "点検", code="VENDOR-03")
    seen.must(vault.reveal(by, fixture.P_1, "点検") == fixture.CANARIES[fixture.P_1], "指示の対象の人の個人番号を表示する", "表示した")
    made = _records()[before:]
    views = [r for r in made if r.detail.get("type") == "MYNUM_VIEW"]
    told = [(r.persons, r.detail.get("order")) for r in views]
    seen.equal(told, [([fixture.P_1], row.pk if row else 0)], "個人番号の表示の記録（誰の、作業の番号）")
    done = [r.pk for r in _records() if r.at.astimezone(clock.JAPAN).date() == seals.today()]
    listed = [r.pk for r in queries.contractor_report(office.head, day=seals.today())]
    seen.must(listed == done, "委託先の日次の帳票は行ったことと一致する", f"帳票{len(listed)}件、行ったこと{len(done)}件")


@check("VENDOR-05", commits=True)
def the_register_tells_what_is_due(scene: Scene, seen: Evidence) -> None:
    """Only evidence: a missing statement, a late inspection, an ended pledge and a missing certificate of the end are told; a 再委託
    without consent is not kept; whoever's place on the roster has ended gets no account."""
    office = appoint(scene.on)
    contractor(office)
    on, first, last = scene.on, scene.on - timedelta(days=90), scene.on + timedelta(days=90)
    told: dict[str, Any] = {"by": office.head, "company": "点検情報サービス", "subject": "保守", "valid_from": first, "valid_until": last}
    below = {**told, "number": "点検-再", "parent": CONTRACT}
    seen.refused("承諾のない再委託を登録する", vendors.register_contract, **below, code="VENDOR-05-CONSENT")
    vendors.register_contract(**{**below, "consent": "承諾1"})
    vendors.register_contract(**told, number="点検-遅", statement_on=first, inspect_by=on - timedelta(days=1))
    ended = {**told, "valid_until": on - timedelta(days=1), "statement_on": first}
    vendors.register_contract(**ended, number="点検-終")
    vendors.register_contract(**told, number="点検-全", statement_on=first, inspect_by=last)
    due = {row.contract.number: row.due for row in queries.contracts(office.head, on=on)}
    for number, word in (("点検-再", "安全管理の書面"), ("点検-遅", "監査・点検の期限"), ("点検-終", "返却・消去の証明")):
        seen.must(any(word in line for line in due[number]), f"{number} の契約について示すもの", "、".join(due[number]))
    seen.equal(due["点検-全"], [], "書面と点検のそろった契約について示すもの")
    vendors.register_contract(**ended, number="点検-終", certificate_on=on)
    again = {row.contract.number: row.due for row in queries.contracts(office.head, on=on)}
    seen.equal(again["点検-終"], [], "終了後の証明を登録した後")
    office.approved(roster(office, worker_no="W-ENDED", name="点検 期限"))
    worker = ContractWorker.objects.get(worker_no="W-ENDED")
    ContractWorker.objects.filter(pk=worker.pk).update(valid_until=on - timedelta(days=1))
    rows = [problem for row in queries.contracts(office.head, on=on) for person, problem in row.workers if person.pk == worker.pk]
    seen.must(bool(rows) and all(rows), "期間の終わった作業従事者について示すもの", "、".join(rows))
    form: dict[str, Any] = {
        "staff_no": "chkVe9", "person_no": "W-ENDED", "name": "点検 期限", "name_kana": "", "account_class": Staff.CONTRACTOR,
        "unit": fixture.UNIT, "valid_from": on.isoformat(), "valid_until": (on + timedelta(days=10)).isoformat(),
    }  # fmt: skip
    seen.refused("期間の終わった作業従事者のIDを申請する", office.apply, accounts.REGISTER, by=office.admin, code="VENDOR-01", **form)


@check("VENDOR-05", place=REAL)
def contracts_have_their_papers(seen: Evidence) -> None:
    """In the installation: contracts with something due, as evidence of the organisation's measures."""
    from kokuho.core.clock import business_date

    rows = queries.contracts(with_only("vendor.read"), on=business_date())
    seen.value("登録された契約", len(rows))
    seen.none([f"{row.contract.number} {'、'.join(row.due)}" for row in rows if row.due], "期限の過ぎた、又は欠けた書類のある契約")
