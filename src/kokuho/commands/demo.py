"""`kokuho demo`: a town's annual levy from the neighbours' files to the notices, then the screens to look at it all.

Everything goes the way the office goes: files through the doors, changes decided by a second person, the levy tried,
checked, approved by another and made final. Nothing is written into tables from here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from kokuho.commands import demo_access
from kokuho.core import passwords

PASSWORD = passwords.SAMPLE
DAY = date(2026, 7, 1)
YEAR = 2026
# number, name, roles, what the person is there for
STAFF = (
    ("shikaku", "資格 さくら", ("qualification",), "資格担当: 世帯の照会、異動の確認"),
    ("fuka", "賦課 太一", ("assessment",), "賦課担当: 当初賦課、通知書"),
    (
        "kakari",
        "係長 みどり",
        ("assessment_approver", "protection_head", "qualification_approver", "exchange_approver"),
        "係長: 当初賦課・資格の一括処理・送信ファイルの承認、支援措置の確認",
    ),
    ("densan", "電算 悠", ("operation",), "電算担当: ファイルの受付、バッチ"),
    ("shuno", "収納 桃子", ("collection",), "収納担当: 調定の照会"),
    ("hogo", "支援 光", ("qualification", "protection"), "支援措置担当: 支援措置対象者の住所を見られる"),
    ("kacho", "課長 一郎", ("unit_head",), "所属長: 権限・時間外の利用・委託先の作業の申請"),
    ("kanri", "管理 司", ("system_admin",), "システム管理: 利用者ID・端末・安全管理の設定の申請"),
    ("joho", "情報 玲子", ("security_officer",), "情報セキュリティ管理者: 申請の承認"),
    ("kansa", "監査 誠", ("inspection",), "記録点検: 操作記録の検索・点検・印"),
    ("anzen", "安全 守", ("security",), "安全管理担当: 研修・自己点検・事案・期間の証跡"),
    ("baitai", "媒体 功", ("media",), "媒体管理: 電子媒体管理簿"),
    ("hozon", "保存 進", ("records_keeper",), "保存年限・消去: 起案と実行"),
    ("hozoncho", "保存 治", ("records_approver",), "保存年限・消去: 承認"),
    ("hokan", "保管 守男", ("backup", "restore"), "バックアップ・復元: 世代、遠隔地の写し、復元訓練"),
    ("kaiji", "開示 文", ("disclosure",), "開示請求担当: 開示・訂正・利用停止"),
    ("kaijicho", "決定 修", ("disclosure_head",), "開示の決定"),
    ("bango", "番号 静", ("qualification", "mynumber"), "個人番号利用事務: 個人番号の表示・確認リスト"),
    ("bangoni", "番号 明", ("qualification", "mynumber"), "個人番号利用事務: 個人番号の登録・確認リストの決定の確認"),
)
# Who does not belong to the desk itself.
UNITS = {"kanri": ("0901", "情報政策課"), "joho": ("0901", "情報政策課"), "kansa": ("0902", "監査室")}


def main(argv: Sequence[str]) -> int:
    """Build (once) and serve. Exit status 1 when a step of the job is refused."""
    parser = argparse.ArgumentParser(prog="kokuho demo", description="架空の町の当初賦課を最後まで実行し、画面を開く")
    parser.add_argument("--households", type=int, default=3000)
    parser.add_argument("--municipality", default="川口市")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-serve", action="store_true", help="画面を開かずに終わる")
    args = parser.parse_args(argv)
    os.environ.setdefault("KOKUHO_BUSINESS_DATE", DAY.isoformat())
    os.environ["KOKUHO_TRAINING"] = "1"
    from kokuho.core import config, manage
    from kokuho.core.prepare import prepare

    started = time.monotonic()
    manage.setup()
    prepare()
    if not (config.home() / "demo-ready").exists():
        status = build(args.households, args.municipality, args.seed)
        if status:
            return status
        (config.home() / "demo-ready").touch()
        print(f"準備ができました（{time.monotonic() - started:.0f}秒）。", file=sys.stderr)
    sign_ins(args.port)
    if args.no_serve:
        return 0
    from django.db import connections

    from kokuho.web.cli import main as serve

    connections.close_all()  # the screens fork; nobody inherits this process's connection
    return serve(["--port", str(args.port)])


def say(text: str) -> None:
    """A line of what is going on."""
    print(f"── {text}", file=sys.stderr, flush=True)


def sign_ins(port: int) -> None:
    """Address and training sign-ins."""
    print(f"\n画面: http://127.0.0.1:{port}/   （処理日 {os.environ['KOKUHO_BUSINESS_DATE']}、架空の町、研修用）")
    print(f"パスワードはすべて {PASSWORD}")
    for number, name, _, purpose in STAFF:
        print(f"  {number:8} {name}　{purpose}")
    print("  itaku    委託 次郎　委託先: 「委託先」の画面で作業が申請・承認された時間だけログインできる")
    print(flush=True)


def build(households: int, municipality: str, seed: int) -> int:
    """The whole job. A build that was cut off goes on where it was."""
    from kokuho.core import config
    from kokuho.town.cli import main as town

    folder = config.home() / "town"
    if not (folder / "town.json").exists():
        say(f"{municipality}の架空の町を作ります（{households:,}世帯）")
        status = town(
            ["build", "--households", str(households), "--seed", str(seed), "--municipality", municipality,
             "--out", str(folder), "--business-date", DAY.isoformat()]
        )  # fmt: skip
        status = status or town(["spoil", str(folder), "--out", str(config.home() / "town-broken")])
        if status:
            return int(status)
    open_office(municipality)
    demo_access.fill(head=actor("kacho"), admin=actor("kanri"), officer=actor("joho"), on=DAY, password=PASSWORD)
    take_files(folder, config.home() / "town-broken")
    decide_changes()
    federation()
    integrated_numbers()
    levy()
    certificates()
    backups()
    return 0


def sample_insurer_number(municipality: str) -> str:
    """A 保険者番号 of the right form that nobody has: the prefecture, 900 and the check digit."""
    from kokuho.commands.office import cities
    from kokuho.formats.checkdigits import insurer_number_ok

    code = next(c for c, name in cities().items() if municipality in (c, name))
    return next(number for digit in range(10) if insurer_number_ok(number := f"{code[:2]}900{digit}"))


def open_office(municipality: str) -> None:
    """The city, its holidays and the people who work there."""
    from kokuho.commands.office import open_city
    from kokuho.core.actions.staff import register
    from kokuho.core.models import Staff

    city = open_city(municipality, DAY, sample_insurer_number(municipality))
    say(f"{city.name}を開き、職員を登録します")
    for number, name, roles, _ in STAFF:
        unit = UNITS.get(number, ("0101", "国民健康保険課"))
        if not Staff.objects.filter(staff_no=number).exists():
            register(
                staff_no=number, name=name, unit_code=unit[0], unit_name=unit[1], password=PASSWORD, roles=roles,
                applied_by="jinji", approved_by="bucho", on=date(YEAR, 4, 1), reason="研修用の登録",
            )  # fmt: skip


def actor(number: str):  # type: ignore[no-untyped-def]
    """A member of the training staff at this machine."""
    from kokuho.core.access import actor_for

    return actor_for(number, on=DAY, terminal="demo")


def take_files(folder: Path, broken: Path) -> None:
    """住基 and tax files through their doors, and one broken file that is refused."""
    from kokuho.commands.office import connect_neighbours
    from kokuho.exchange import doors
    from kokuho.exchange.models import InboxFile

    by = actor("densan")
    connect_neighbours(enter=by, confirm=actor("kakari"), on=DAY, since=date(YEAR, 4, 1))
    for file_id in doors.unfinished():
        doors.resume(by=by, file_id=file_id)
    taken = set(InboxFile.objects.values_list("file_name", flat=True))
    paths = [folder / "juki-full.csv", *sorted(folder.glob("juki-changes-*.csv")), *sorted(folder.glob("zei-*.csv"))]
    say(f"住民記録・税務のファイルを受け付けます（{len(paths)}ファイル）")
    for path in paths:
        if path.name not in taken:
            doors.receive_path(by=by, on=DAY, path=path)
    for path in sorted(broken.glob("**/*.csv"))[:3]:
        if path.name not in taken:
            try:
                doors.receive_path(by=by, on=DAY, path=path)
            except doors.Refusal as refusal:
                say(f"壊れたファイルの見本は受け付けません: {refusal.code} {path.name}")


def decide_changes() -> None:
    """異動整理: a person who did not take the file in decides each proposal; a few stay for the trainee."""
    from kokuho.core.coded import CodedError
    from kokuho.desks.eligibility.actions.candidates import decide_candidate
    from kokuho.desks.eligibility.models import ChangeCandidate

    by = actor("shikaku")
    waiting = list(ChangeCandidate.objects.filter(state=ChangeCandidate.OPEN).order_by("event_date", "pk"))
    left = [c for c in waiting if c.event_date >= date(YEAR, 6, 29)]
    say(
        f"住民記録の異動による資格の異動 {len(waiting) - len(left)}件を確認します（6月29日以後の{len(left)}件は未処理のまま）"
    )
    for candidate in waiting:
        if candidate not in left:
            try:
                decide_candidate(by=by, on=DAY, candidate_id=candidate.pk, apply=True)
            except CodedError as error:
                say(f"異動 {candidate.pk}: {error}")


def federation() -> None:
    """The first report to 国保情報集約システム, answered by its stand-in, which is a process of its own."""
    from kokuho.commands.work_orders import ordered
    from kokuho.core import config
    from kokuho.exchange import doors, outbox
    from kokuho.exchange.federation import answers, report
    from kokuho.exchange.models import InboxFile, OutboxFile

    if OutboxFile.objects.filter(system="shuyaku", state=OutboxFile.ANSWERED).exists():
        return
    ordered("federation-report", "資格情報の報告", ask=actor("densan"), approve=actor("kakari"), on=DAY)
    run = report.execute(report.order(by=actor("shikaku"), on=DAY).pk, by=actor("shikaku"))
    done = run.results
    say(f"国保情報集約システムへ {done['households_reported']:,}世帯 {done['persons']:,}人を報告します（保留 {done['held']}人）")
    for file in OutboxFile.objects.filter(system="shuyaku", state=OutboxFile.PREPARED):
        outbox.release(by=actor("kakari"), on=DAY, file_id=file.pk)
    for file in OutboxFile.objects.filter(system="shuyaku", state=OutboxFile.RELEASED):
        outbox.hand_over(by=actor("densan"), on=DAY, file_id=file.pk)
    back = config.folder("from-federation")
    subprocess.run(
        [sys.executable, "-m", "kokuho.neighbours.federation", "--in", str(outbox.folder("shuyaku")), "--out", str(back),
         "--at", f"{DAY}T20:00:00"],
        check=True,
    )  # fmt: skip
    taken = set(InboxFile.objects.values_list("file_name", flat=True))
    for path in sorted(back.glob("*.csv"), key=lambda path: not path.name.endswith("-receipt.csv")):
        if path.name not in taken:
            file = doors.receive_path(by=actor("densan"), on=DAY, path=path)
            if file.layout == "shuyaku-dates":
                answers.confirm(by=actor("shikaku"), on=DAY, file_id=file.pk)
    say("集約システムの結果を照合し、県内の資格取得年月日を反映しました（被保険者IDは未確認のまま）")


def integrated_numbers() -> None:
    """The first registration with 団体内統合宛名, answered by its stand-in."""
    from kokuho.core import config
    from kokuho.exchange import doors, outbox, registration
    from kokuho.exchange.models import OutboxFile

    system = "togoatena"
    if OutboxFile.objects.filter(system=system, state=OutboxFile.ANSWERED).exists():
        return
    done = registration.execute(registration.order(by=actor("shikaku"), on=DAY).pk, by=actor("shikaku")).results
    for file in OutboxFile.objects.filter(system=system, state=OutboxFile.PREPARED):
        outbox.release(by=actor("kakari"), on=DAY, file_id=file.pk)
        outbox.hand_over(by=actor("densan"), on=DAY, file_id=file.pk)
    back = config.folder("from-integrated")
    subprocess.run(
        [sys.executable, "-m", "kokuho.neighbours.integrated", "--in", str(outbox.folder(system)), "--out", str(back),
         "--at", f"{DAY}T20:00:00"],
        check=True,
    )  # fmt: skip
    for path in sorted(back.glob("*.csv")):
        doors.receive_path(by=actor("densan"), on=DAY, path=path)
    say(f"団体内統合宛名に{done['persons']:,}人を登録し、番号を受け取りました（保留 {done['held']}人）")


def levy() -> None:
    """Trial, approval by another person, final run, 調定, notices."""
    from kokuho.commands.work_orders import ordered
    from kokuho.core import edge, era
    from kokuho.core.models import Approval, BatchRun, Municipality
    from kokuho.desks.assessment.actions import levy as desk
    from kokuho.desks.assessment.models import LevyRun
    from kokuho.jobs import levy as job
    from kokuho.jobs import notices
    from kokuho.law.premium.ordinance import load_ordinance

    bar, by, second = edge.Bar(), actor("fuka"), actor("kakari")
    # A city whose first instalment falls due in June decides before that.
    first_due = desk.due_dates(load_ordinance(Municipality.objects.get().code, YEAR), YEAR)[0]
    decided = min(DAY, first_due - timedelta(days=15))
    final = LevyRun.objects.filter(fiscal_year=YEAR, mode=LevyRun.FINAL).first()
    if final is None:
        say(f"{era.fiscal_year(YEAR)}の当初賦課を試算します")
        ordered("levy-trial", "当初賦課の試算", ask=by, approve=second, on=DAY)
        trial = job.run(desk.order_trial(by=by, on=decided, fiscal_year=YEAR).pk, by=by, progress=bar)
        approval = Approval.objects.filter(subject=desk.subject(trial), state=Approval.PENDING).first()
        approval = approval or desk.propose_approval(by=by, run_id=trial.pk)
        say("係長が点検表と合計を確かめて承認します")
        desk.decide_approval(by=second, approval_id=approval.pk, approve=True)
        ordered("levy-final", "当初賦課の本算定", ask=by, approve=second, on=DAY)
        final = desk.order_final(by=by, on=decided, trial_id=trial.pk)
    say("本算定・調定")
    final = job.run(final.pk, by=by, progress=bar)
    results = final.batch.results
    say(f"{results['households']:,}世帯 {results['insured']:,}人 調定額 {results['total']:,}円")
    say("通知書を作ります")
    if not BatchRun.objects.filter(kind=notices.BATCH_KIND).exists():
        ordered(notices.BATCH_KIND, "当初の通知書", ask=by, approve=second, on=DAY)
    printed = notices.run(notices.order(by=by, on=DAY, levy_id=final.pk).pk, by=by, progress=bar)
    done = {key: printed.results.get(key, 0) for key in ("printed", "pulled", "undeliverable")}
    say(
        f"通知書 {done['printed']:,}通、引抜 {done['pulled']}通、送付先がなく作成しない支援措置対象者 {done['undeliverable']}件"
    )


def backups() -> None:
    """The two generations that stay on site; the worker takes the next one at night."""
    from kokuho.core import backup
    from kokuho.core.models import BackupEvent

    while (taken := BackupEvent.objects.filter(kind="backup", ok=True).count()) < 2:
        made = backup.take(by=actor("hokan"))
        say(f"バックアップ 第{taken + 1}世代　{made.size >> 20:,}MB（封をして読み戻しました）")


def certificates() -> None:
    """負担割合 for the coming August, judged and approved; what certificates are to be issued; a few of them issued by two persons."""
    from kokuho.commands.work_orders import ordered
    from kokuho.core.actions import entries
    from kokuho.core.models import Approval, BatchRun
    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.eligibility.actions import duelist
    from kokuho.desks.eligibility.models import CertificateDue
    from kokuho.jobs import certificates as job

    by, second = actor("shikaku"), actor("kakari")
    say("8月からの負担割合・所得区分を判定し、係長が承認します")
    run = BatchRun.objects.filter(kind=burden.KIND).exclude(state=BatchRun.CANCELLED).first()
    if run is None:
        ordered(burden.KIND, "負担割合の判定", ask=by, approve=second, on=DAY)
    run = job.work((run or burden.order(by=by, on=DAY, mode="annual", year=YEAR)).pk, by=by)
    if not burden.APPROVALS.approved(run):
        waiting = Approval.objects.filter(subject=burden.APPROVALS.subject(run), state=Approval.PENDING).first()
        burden.decide(by=second, approval=waiting or burden.propose(by=by, run_id=run.pk), approve=True)
    run = job.work(run.pk, by=by)
    say(f"{run.results['households']:,}世帯を判定し、{run.results['active']:,}世帯が3割です")
    counts = duelist.refresh(by=by, on=DAY)
    rows = CertificateDue.objects.filter(kind="confirmation").order_by("household_no", "atena_no")[:40]
    if rows:
        entry = entries.submit(
            by=by, on=DAY, kind="certificate.issue", title=f"証・お知らせの交付 {len(rows)}件",
            payload={"items": [[row.atena_no, row.kind, row.reason, None, None] for row in rows], "method": "mail"},
            persons=[row.atena_no for row in rows],
        )  # fmt: skip
        entries.confirm(by=second, on=DAY, entry_id=entry.pk)
        counts = duelist.refresh(by=by, on=DAY)
    say(f"資格確認書 {len(rows)}件を二人で交付しました。交付するものはあと{counts['due']:,}件です")
