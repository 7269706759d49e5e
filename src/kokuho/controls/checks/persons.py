"""DV-05 to DV-07, OPS-06: protected persons in documents, reports and extracts; what is disclosed, corrected, no longer used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.controls import fixture, samples
from kokuho.controls.checks.entry import PHONE
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, another, owner, with_only
from kokuho.core import corrections, disclosure, dossier
from kokuho.core.actions import entries as pending
from kokuho.core.extracts import catalogue as extracts
from kokuho.core.extracts import running
from kokuho.core.models import CorrectionNotice, DisclosureRequest, Extract, UseSuspension
from kokuho.desks.assessment.levy import snapshot
from kokuho.desks.assessment.models import LevyInput, LevyLeftOut
from kokuho.desks.eligibility.models import Certificate
from kokuho.desks.people.actions import registrations
from kokuho.desks.people.models import Contact, Protection, ProvisionRefusal
from kokuho.documents.certificates import certificate_pdf
from kokuho.documents.checks import NotPrintable
from kokuho.exchange import outbox
from kokuho.exchange import queries as exchange
from kokuho.exchange.federation import report, staging
from kokuho.exchange.models import OutboxFile, ReleaseRule
from kokuho.jobs import extracts as shielding


def _certificate(scene: Scene, atena_no: int, household_no: int) -> Certificate:
    name, kana = fixture.NAMES[atena_no]
    said = {
        "birth": "1982-09-09", "sex": "女", "head": name, "insurer_no": "119008", "insurer": "点検市", "applied_from": "2020-04-01",
        "acquired_on": "2020-04-01", "limited_by": "", "ratio": "",
    }  # fmt: skip
    return Certificate.objects.create(
        kind="confirmation", atena_no=atena_no, household_no=household_no, symbol="点", number="99000003", branch="01",
        issued_on=scene.on, method="mail", valid_from=scene.on, valid_until=scene.on + timedelta(days=300), name=name, kana=kana,
        printed=said, recorded_by="chkSys", office=fixture.UNIT_NAME, reason="new",
    )  # fmt: skip


@check("DV-05")
def only_to_the_safe_place(scene: Scene, seen: Evidence) -> None:
    """A letter of a protected person is not made for the register's address; the former household's letters say nothing of them."""
    by = with_only("certificate.print", "protected.read", "person.read")
    own = _certificate(scene, fixture.P_DV, fixture.SHELTER)
    seen.refused("安全な送付先のない支援措置対象者の証を郵送用に作る", certificate_pdf, by=by, on=scene.on, certificate_id=own.pk,
                 errors=(NotPrintable,))  # fmt: skip
    without = with_only("certificate.print", "person.read")
    seen.refused("支援措置の権限のない職員が作る", certificate_pdf, by=without, on=scene.on, certificate_id=own.pk)
    former = _certificate(scene, fixture.P_DV_HEAD, fixture.FORMER)
    text = samples.pdf_text(certificate_pdf(by=by, on=scene.on, certificate_id=former.pk))
    seen.none([word for word in (*fixture.SECRETS, fixture.NAMES[fixture.P_DV][0]) if word in text], "元の世帯の文書にある本人の情報")


@check("DV-05", place=REAL)
def protected_have_safe_places(seen: Evidence) -> None:
    """In the installation: protected persons without a safe place for their mail."""
    from kokuho.core.clock import business_date
    from kokuho.desks.people import destinations

    on = business_date()
    held = sorted(set(Protection.objects.filter(superseded_at__isnull=True).values_list("atena_no", flat=True)))
    found = destinations.resolve(held, business=destinations.ELIGIBILITY, on=on) if held else {}
    seen.value("安全な送付先のない支援措置対象者（郵送の文書を作らない）", sum(not place.redirected for place in found.values()))
    seen.value("支援措置対象者", len(held))


def _flag(scene: Scene, atena_no: int) -> str | None:
    with transaction.atomic(), connection.cursor() as cursor:
        staging.stage(cursor, on=scene.on)
        cursor.execute("SELECT undisclosed FROM report_person WHERE atena_no = %s", (atena_no,))
        row = cursor.fetchone()
    return row[0] if row else None


def _sent(scene: Scene, atena_no: int, flag: bool) -> OutboxFile:
    rule = ReleaseRule.objects.get(system=staging.SYSTEM, layout=staging.PERSON, superseded_at__isnull=True)
    last = OutboxFile.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    file = OutboxFile.objects.create(
        system=staging.SYSTEM, layout=staging.PERSON, rule=rule, sequence=last + 1, business_date=scene.on, prepared_by="chkA",
        file_name=f"check-{last}.csv", state=OutboxFile.PREPARED, title="点検", sha256=f"{last:064d}",
        content_sha256=f"{last:064d}", size=1, known_at=Now(), record_count=1, person_count=1, counts={},
    )  # fmt: skip
    for state in (OutboxFile.RELEASED, OutboxFile.HANDED):
        file.state, file.released_by, file.handed_by = state, "chkB", "chkSys"
        file.save(update_fields=["state", "released_by", "handed_by"])
    file.records.create(record=1, atena_no=atena_no, digest=b"\0" * 32, protected=flag)
    return file


@check("DV-06")
def the_flag_goes_the_same_day(scene: Scene, seen: Evidence) -> None:
    """A protected person is flagged in the next file, somebody whose protection was lifted is not; without a line for it nothing leaves."""
    samples.permit()
    seen.equal(_flag(scene, fixture.P_DV), "1", "支援措置対象者の不開示の旗（登録した日の報告）")
    seen.equal(_flag(scene, fixture.P_1), "0", "ほかの人の旗")
    by = with_only("exchange.read")
    _sent(scene, fixture.P_DV, False)
    seen.equal(exchange.flags_unsent(by), [fixture.P_DV], "送った旗が今と違う支援措置対象者の一覧")
    _sent(scene, fixture.P_DV, True)
    seen.none(exchange.flags_unsent(by), "旗を送った後に違う人")
    Protection.objects.filter(atena_no=fixture.P_DV).update(superseded_at=Now())
    seen.equal(_flag(scene, fixture.P_DV), "0", "解除の後の報告の旗")
    seen.equal(exchange.flags_unsent(by), [fixture.P_DV], "解除を送っていない人の一覧")
    ReleaseRule.objects.filter(system=staging.SYSTEM, layout=staging.PERSON).update(superseded_at=Now())
    seen.refused("旗の定めのない登録簿で報告を作る", report._flagged, scene.actor("U-A"), scene.on)
    held = {"reason": "点検", "recorded_by": "chkA", "origin": "check", "valid": DateRange(scene.on, None)}
    ProvisionRefusal.objects.create(atena_no=fixture.P_1, **held)
    seen.equal(_flag(scene, fixture.P_1), "1", "自己情報提供不可を設定した人の旗（集約システムの様式では不開示該当と一つの項目）")


@check("DV-06", place=REAL)
def flags_have_been_sent(seen: Evidence) -> None:
    """In the installation: protected persons whose last flag differs."""
    seen.value("最後に送った旗が今と違う人（次の報告で送る）", len(exchange.flags_unsent(with_only("exchange.read"))))


@check("DV-07", commits=True)
def handled_by_the_receivers_rule(scene: Scene, seen: Evidence) -> None:
    """Every registered provision and every extract says what becomes of protected persons, and does it: withhold, mask or mark."""
    samples.after_the_full_load()
    samples.permit()
    rules = {rule.layout: rule for rule in ReleaseRule.objects.filter(superseded_at__isnull=True)}
    seen.none([code for code, rule in rules.items() if rule.protected not in dict(ReleaseRule.TREATMENTS)], "扱いの定めのない提供")
    for way, words in ((ReleaseRule.WITHHOLD, "引き抜く"), (ReleaseRule.PASS, "印だけ残して渡す")):
        told_now = {"protected": way, "mark_item": "", "hidden_items": []}
        line = rules["juki-nhi-eligibility"]
        rules["juki-nhi-eligibility"] = line.correct(recorded_by="chkHead", origin="check", **told_now)
        file = samples.outgoing(scene, fixture.P_1, fixture.P_DV)
        told = sorted(file.records.values_list("atena_no", flat=True))
        wanted = [fixture.P_1] if way == ReleaseRule.WITHHOLD else [fixture.P_1, fixture.P_DV]
        seen.equal((told, file.withheld_count + file.marked_count), (wanted, 1), f"「{words}」定めの提供に載る人と、対象者の件数")
    wrong = [
        code for code, one in extracts.definitions().items() if one.person and one.protected not in ("leave_out", "mask")
    ]  # fmt: skip
    seen.none(wrong, f"扱いの定めのない抽出（{len(extracts.definitions())}種類）")
    made = {}
    for code, one in extracts.definitions().items():
        if one.person and not one.statistic:
            counts = running.Counts()
            asked = Extract(definition=code, items=list(one.items), conditions=_conditions(one, scene))
            body = b"".join(running._lines(asked, one, counts, shielding._shielded)).decode("utf-8")
            made[code] = counts.left_out + counts.masked
            seen.none([word for word in fixture.SECRETS if word in body], f"抽出「{one.title}」にある支援措置対象者の居所")
    seen.must(any(made.values()), "支援措置により除いた・伏せた行の件数", made)
    seen.value("中間サーバーの自動応答（LINK-09）", "この版に機能がない")


def _conditions(one: Any, scene: Scene) -> dict[str, Any]:
    return {
        code: scene.on.isoformat() if condition.type == "date" else scene.fiscal_year for code, condition in one.conditions.items()
    }  # fmt: skip


# Tables that name a person in the record of what staff did; printed when the accesses are asked for, or nobody's data.
_BESIDE = ("core_auditrecord", "core_writerecord", "django_session")


def _asked(scene: Scene, kind: str, atena_no: int, requester: str = "self", **proposal: Any) -> DisclosureRequest:
    """A request that two persons received and granted."""
    by = with_only("disclosure.manage", "disclosure.approve", "disclosure.read")
    made = disclosure.receive(
        by=by, on=scene.on, kind=kind, atena_no=atena_no, requester=requester, identity="運転免許証", received_on=scene.on, scope="点検"
    )  # fmt: skip
    disclosure.propose(by=by, request_id=made.pk, proposal="点検", **proposal)
    return disclosure.decide(by=another(by), on=scene.on, request_id=made.pk, grant=True, reason="点検")


@check("OPS-06", commits=True)
def nothing_is_missing_from_the_print(scene: Scene, seen: Evidence) -> None:
    """The print is compared with a search of every table; what is kept by household is in it; a protected person's place is not."""
    by = with_only("disclosure.manage", "disclosure.read")
    asked = _asked(scene, "disclose", fixture.P_1)
    counted = {table.name: dossier.counts(fixture.P_1).get(table.code, 0) for table in dossier.tables()}
    missing, searched = [], 0
    with owner() as hand:
        tables = hand.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        for (name,) in tables:
            row = hand.execute(f'SELECT count(*) FROM "{name}" t WHERE t::text ~ %s', (rf"\m{fixture.P_1}\M",)).fetchone()  # type: ignore[arg-type]
            searched += 1
            if row and row[0] > counted.get(name, 0) and name not in _BESIDE:
                missing.append(f"{name} {row[0]}行")
    seen.none(missing, f"全表の検索（{searched}表）にあって印刷にない行")
    found = disclosure.print_out(by, asked.pk, protected=False)
    printed = {part.table.code for part in found.parts}
    held = {table.code for table in dossier.tables() if counted[table.name] and table.kind != dossier.RECORD}
    seen.none(held - printed, f"印刷にない表（{len(printed)}表を印刷）")
    texts = " ".join(value.text for part in found.parts for row in part.rows for value in row)
    seen.must("99000001" in texts, "世帯ごとの行（被保険者の記号・番号）も印刷にある")
    former = disclosure.print_out(by, _asked(scene, "disclose", fixture.P_DV_HEAD).pk, protected=False)
    texts = " ".join(value.text for part in former.parts for row in part.rows for value in row)
    seen.none([word for word in (*fixture.SECRETS, "99000003") if word in texts], "元の世帯の人の印刷にある、移った世帯の情報")
    for requester, shown in (("proxy", False), ("self", True)):
        page = disclosure.print_out(by, _asked(scene, "disclose", fixture.P_DV, requester).pk, protected=True)
        texts = " ".join(value.text for part in page.parts for row in part.rows for value in row)
        words = "本人" if shown else "本人以外"
        seen.equal(any(word in texts for word in fixture.SECRETS), shown, f"支援措置対象者の居所（請求者 {words}）")


@check("OPS-06", commits=True)
def what_stands_under_suspension_is_left_out(scene: Scene, seen: Evidence) -> None:
    """Levy, provision and extract leave the person out of whom 利用停止 was granted, and say so; afterwards they do not."""
    samples.after_the_full_load()
    samples.permit()
    _asked(scene, "suspend", fixture.P_1, item="eligibility")
    run = 987_654

    def levied() -> tuple[int, list[str]]:
        with transaction.atomic():
            snapshot.take(run, scene.fiscal_year, on=scene.on)
        rows = LevyInput.objects.filter(run_id=run, household_no=fixture.HOUSEHOLD).count()
        return rows, list(LevyLeftOut.objects.filter(run_id=run).values_list("reason", flat=True))

    seen.equal(levied(), (0, ["利用停止"]), "賦課（世帯を除き、理由を一覧に示す）")
    file = samples.outgoing(scene, fixture.P_1, fixture.P_2)
    told = list(file.records.values_list("atena_no", flat=True))
    seen.equal((told, file.counts.get("利用停止")), ([fixture.P_2], 1), "提供のファイル（除いた件数を示す）")
    seen.equal(_extracted(scene)[1], 1, "抽出が利用停止により除いた行")
    held = UseSuspension.objects.get(lifted_on__isnull=True)
    disclosure.lift(by=with_only("disclosure.approve"), on=scene.on, suspension_id=held.pk)
    rows, left = levied()
    seen.equal((rows > 0, left, _extracted(scene)[1]), (True, [], 0), "解除の後の賦課・抽出")
    seen.value("中間サーバーの副本", "この版に機能がない")


def _extracted(scene: Scene) -> tuple[int, int]:
    one = extracts.definitions()["insured"]
    counts = running.Counts()
    asked = Extract(definition="insured", items=list(one.items), conditions=_conditions(one, scene))
    for _ in running._lines(asked, one, counts, shielding._shielded):
        pass
    return counts.rows, counts.suspended


@check("OPS-06", commits=True)
def corrections_are_told(scene: Scene, seen: Evidence) -> None:
    """A correction is recorded with before and after as the tables say them; every receiver of the wrong data is listed and told once."""
    samples.after_the_full_load()
    samples.permit()
    file = samples.outgoing(scene, fixture.P_1)
    outbox.release(by=scene.actor("U-B"), on=scene.on, file_id=file.pk)
    outbox.hand_over(by=scene.actor("U-SYS"), on=scene.on, file_id=file.pk)
    first = _phone(scene, "0489990001")
    fact = Contact.objects.get(atena_no=fixture.P_1, superseded_at__isnull=True)
    second = _phone(scene, "0489990002", fact.pk)
    by = with_only("disclosure.manage", "disclosure.read")
    asked = _asked(scene, "correct", fixture.P_1)
    nobody = {"by": by, "request_id": asked.pk, "origin": "entry:999999"}
    seen.refused("何も変えていない入力を訂正として記録する", corrections.record, **nobody, code="OPS-06-ORIGIN")
    made = corrections.record(by=by, request_id=asked.pk, origin=f"entry:{second}")
    told = {(row.before, row.after) for row in made if "048999000" in row.after}
    seen.equal(told, {("0489990001", "0489990002")}, f"訂正の前後（入力 {first} の値から）")
    receivers = exchange.receivers_of(by, fixture.P_1)
    seen.must(len(receivers) == 1, "誤った情報の提供先の一覧", [row.receiver for row in receivers])
    notice = {"by": by, "on": scene.on, "request_id": asked.pk, "receiver": receivers[0].receiver, "noticed_on": scene.on, "how": "文書"}
    corrections.notify(**notice)
    seen.refused("同じ提供先にもう一度", corrections.notify, **notice, code="OPS-06-NOTICE")
    seen.equal(CorrectionNotice.objects.filter(request=asked).count(), 1, "提供先への通知の記録")


def _phone(scene: Scene, number: str, fact: int | None = None) -> int:
    columns = {column.name: column.initial for column in registrations.REGISTRATIONS["contact"].columns}
    values = {**PHONE, "business": columns.get("business"), "value": number}
    by = with_only("mail.change", "mail.confirm", "person.read")
    entry = registrations.enter(
        by=by, on=scene.on, code="contact", atena_no=fixture.P_1, values=values,
        valid_from=scene.on, reason="点検", fact=fact,
    )  # fmt: skip
    pending.confirm(by=another(by), on=scene.on, entry_id=entry.pk)
    return entry.pk
