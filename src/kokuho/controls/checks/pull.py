"""DV-04, DV-05: 納税（納入）通知書 of a real levy: those of protected persons are pulled out of the print run; what 課税明細 tells."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now
from django.urls import reverse

from kokuho.controls import fixture, samples
from kokuho.controls.checks.dv import opened
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, another, text, with_only
from kokuho.core import mnscan, printing, sealing
from kokuho.core.models import BatchRun
from kokuho.desks.assessment.actions import levy as desk
from kokuho.desks.assessment.models import Decision, LevyRun
from kokuho.desks.eligibility.models import InsuredPeriod
from kokuho.desks.people.models import MailDestination, Person, Protection, PulledDocument
from kokuho.documents.checks import NotPrintable
from kokuho.documents.decision_facts import targets
from kokuho.documents.decisions import issued_levy, notice_pdf
from kokuho.jobs import levy as levies
from kokuho.jobs import notices
from kokuho.jobs.printing import folder

_OTHERS, _COUNT = 9_960_000_001, 1_000
# One of them is protected and lives where nobody may know: P-DV of the fixture moved within the year and pays nothing of her own.
_SHIELDED = _OTHERS + 7
LEVY_RIGHTS = ("levy.run", "levy.read", "levy.approve", "notice.print", "notice.read", "ledger.read", "batch.read", "person.read")


def fill_town(on: date, count: int = 60) -> None:
    """Households of one insured person each beside the fixture; the protected one has a safe destination."""
    since = on - timedelta(days=800)
    known: dict[str, Any] = {"valid": DateRange(since, None), "recorded_by": "chkSys", "origin": "check"}
    numbers = range(_OTHERS, _OTHERS + count)
    Person.objects.bulk_create(
        Person(
            atena_no=number, household_no=number, name=f"点検丁　{number % 1000}", name_kana="テンケンテイ", birth_date=date(1975, 3, 3),
            search_name="点検丁", search_kana="テンケンテイ", search_place="点検町", resident_kind="1", resident_state="1", sex="1",
            relation="02", is_head=True, resident_since=since, resident_reason="01", address_since=since, **known,
            **({"postal_code": fixture.SECRET_POSTCODE, "town": fixture.SECRET_TOWN, "block": fixture.SECRET_BLOCK}
               if number == _SHIELDED else {"postal_code": "3320031", "town": "点検町", "block": "３番３号"}),
        )
        for number in numbers
    )  # fmt: skip
    InsuredPeriod.objects.bulk_create(
        InsuredPeriod(atena_no=number, acquired_on=since, acquired_reason="104", **known) for number in numbers
    )
    Protection.objects.create(atena_no=_SHIELDED, until=on + timedelta(days=200), **known)
    MailDestination.objects.create(
        atena_no=_SHIELDED, name="点検相談室", postal_code="3320012", address="埼玉県川口市本町4-5-6", safe=True, reason="点検", **known
    )


def levied(on: date, fiscal_year: int) -> LevyRun:
    """The year's levy by two persons, posted. Orders of work are another control's (LOG-04): none is asked for here."""
    put(on, {"log.ordered_kinds": []})
    first = with_only(*LEVY_RIGHTS)
    second = another(first)
    day = date(fiscal_year, 7, 1)  # whatever day it is: the first instalment is not due before the decision
    trial = desk.order_trial(by=first, on=day, fiscal_year=fiscal_year)
    desk.execute(trial, processes=1)
    trial.refresh_from_db()
    approval = desk.propose_approval(by=first, run_id=trial.pk)
    desk.decide_approval(by=second, approval_id=approval.pk, approve=True)
    final = desk.order_final(by=first, on=day, trial_id=trial.pk)
    levies.run(final.pk, by=first, processes=1)
    final.refresh_from_db()
    return final


def _listed(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(sealing.read_sealed(path).decode("utf-8-sig").splitlines()))


@check("DV-04", commits=True)
def protected_notices_are_pulled(scene: Scene, seen: Evidence) -> None:
    """A levy is printed: the normal run and its list without the protected, a bundle with its own list, totals that reconcile; a
    reprint without the right is refused."""
    fill_town(scene.on, _COUNT)
    final = levied(scene.on, scene.fiscal_year)
    by = with_only(*LEVY_RIGHTS)
    run = notices.run(notices.order(by=by, on=scene.on, levy_id=final.pk).pk, by=by, processes=1)
    place, counts = folder(run.pk), run.results
    decided = {str(row.payer_no): row for row in Decision.objects.filter(run_id=final.pk, version=0)}
    protected = decided[str(_SHIELDED)]
    written, pulled = _listed(place / "print" / "print-list.csv"), _listed(place / "pulled" / "pull-list.csv")
    kinds = ("printed", "pulled", "undeliverable", "problems")
    told = [counts[kind] for kind in kinds]
    every = f"通常・引抜・送付先なし・印刷不可（{'・'.join(map(str, told))}）"
    seen.equal((sum(told), counts["documents"]), (len(decided), len(decided)), f"{every}の計と、決定の件数")
    town = [row for row in decided.values() if row.payer_no >= _OTHERS and row.payer_no < _OTHERS + _COUNT]
    numbers = {f"{row.notice_no:010d}" for row in town}
    normal = len([row for row in written if row["文書番号"] in numbers])
    apart = len([row for row in pulled if row["文書番号"] in numbers])
    seen.equal((len(town), normal, apart), (_COUNT, _COUNT - 1, 1), "支援措置対象者一人を含む町の決定・通常の印刷・引抜の通数")
    kept_back = counts["pulled"] + counts["undeliverable"]
    seen.equal((len(written), len(pulled)), (counts["printed"], kept_back), "印刷委託の一覧・引抜の一覧（送付先のないものを含む）の件数")
    of_her = [row for row in pulled if row["文書番号"] == f"{protected.notice_no:010d}"]
    seen.equal(len(of_her), 1, "引抜の一覧にある支援措置対象者")
    went = b"".join(sealing.read_sealed(path) for path in (place / "print").iterdir() if path.suffix != ".pdf").decode("utf-8", "ignore")
    went += "".join(mnscan.pdf_text(sealing.read_sealed(path)).decode("utf-8", "ignore") for path in (place / "print").glob("*.pdf"))
    words = (f"{protected.notice_no:010d}", str(_SHIELDED), *fixture.SECRETS)
    seen.none([word for word in words if word in went], "通常の印刷と委託の一覧に出た支援措置対象者の値")
    bundle = "".join(mnscan.pdf_text(sealing.read_sealed(path)).decode("utf-8", "ignore") for path in (place / "pulled").glob("*.pdf"))
    seen.must(f"{protected.notice_no:010d}" in bundle, "引き抜いた束に通知書がある")
    seen.none([word for word in fixture.SECRETS if word in bundle], "引き抜いた束に出た住民票の住所")
    kept = PulledDocument.objects.filter(batch_id=run.pk).count()
    seen.equal(kept, len(pulled), "引抜帳票管理に残った行")
    seen.refused("権限のない U-A が一通だけ印刷する", notice_pdf, by=scene.actor("U-A"), on=scene.on, decision_id=protected.pk)
    answer = scene.client("U-A").get(f"/decisions/{protected.pk}/notice.pdf")
    page = "警告の画面" if "支援措置" in text(answer) else str(answer.status_code)
    seen.must(not answer.content.startswith(b"%PDF"), "U-A が画面から印刷を求めて返るもの", page)
    seen.equal(BatchRun.objects.get(pk=run.pk).state, BatchRun.DONE, "印刷の実行")


@check("DV-05", commits=True)
def the_levy_tells_nothing(scene: Scene, seen: Evidence) -> None:
    """課税明細 — the notice with its pages of calculation, and the page that explains every figure — of a protected payer and of the
    household that a protected person left. The product grants no benefits, so it has no 高額療養費 and 医療費通知 to look into: a form of
    one that is registered without a check of it here makes this control red."""
    untried = [form["title"] for form in printing.forms().values() if any(word in form["title"] for word in ("高額療養費", "医療費"))]
    seen.none(untried, "点検していない給付の帳票（給付の事務がまだなく、高額療養費の支給決定通知と医療費通知は作らない）")
    fill_town(scene.on, 20)
    final = levied(scene.on, scene.fiscal_year)
    decided = {row.payer_no: row for row in Decision.objects.filter(run_id=final.pk, version=0)}
    own, former = decided[_SHIELDED], decided[fixture.P_DV_HEAD]
    by = with_only("notice.reissue", "notice.read", "protected.read", "person.read")
    for whose, row in (("本人", own), ("元の世帯の世帯主", former)):
        told = samples.pdf_text(notice_pdf(by=by, on=scene.on, decision_id=row.pk))
        seen.must(f"{row.notice_no:010d}" in told, f"{whose}あての納税通知書（課税明細を含む）を読んだ", f"{len(told)}字")
        seen.none([word for word in fixture.SECRETS if word in told], f"{whose}あての納税通知書に出た住民票の住所")
    levy = issued_levy(final.pk)
    found = {target.payer_no: target.pull for target in targets(levy, scene.on, [own.notice_no, former.notice_no])}
    seen.equal(found, {_SHIELDED: "protected", fixture.P_DV_HEAD: "protected"}, "定めた扱い: 額は賦課のまま、通知書は引き抜いて確かめる")
    client = scene.client("U-LEVY")
    for whose, row in (("本人", own), ("元の世帯", former)):
        address = reverse("assessment:explanation", args=[row.pk])
        body = text(client.get(address))
        seen.must("支援措置" in body and f"{row.total:,}" not in body, f"{whose}の「なぜこの金額？」を開くと、内容のない警告が出る")
        shown = text(opened(client, address))
        seen.must(f"{row.total:,}" in shown, f"理由を付けて開いた{whose}の課税明細に年額が出る")
        seen.none([word for word in fixture.SECRETS if word in body + shown], f"{whose}の課税明細の画面に出た住民票の住所")
    MailDestination.objects.filter(atena_no=_SHIELDED).update(superseded_at=Now())
    again: dict[str, Any] = {"by": by, "on": scene.on, "decision_id": own.pk, "reason": "点検"}
    seen.refused("安全な送付先のない本人の納税通知書を作る", notice_pdf, **again, errors=(NotPrintable,))
