"""`kokuho bench desks`: the large batches of the desks over a whole city, in a copy of its database that is kept for `bench lists`.

What an office registers by hand and what gathers in its books over the years is filled in by set-based SQL
(`data/bench_*.sql`); everything that a batch of the product makes, that batch makes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import Any

from kokuho.commands import bench_city
from kokuho.commands.bench_city import DAY, YEAR, Watch

COPY = "kokuho_bench_desks"
AREA = "第1区"  # one of ten, by the number of the town (`data/bench_facts.sql`)
PASSWORD = "keisoku no machi"


def run(argv: Sequence[str]) -> int:
    """Prints each batch with its seconds and counts, or JSON with `--json`."""
    args = bench_city.parser("kokuho bench desks", "資格・証・負担割合・集約システムの一括処理の速さを測る").parse_args(argv)
    status, _ = bench_city.child(args, "bench_levy.city")
    return status or bench_city.child(args, "bench_desks.inside")[0]


def inside(arguments: str) -> int:
    """The measured process."""
    args = bench_city.options(arguments)
    bench_city.copied(COPY, anew=True)
    figures = filled(args.processes)
    if args.json:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        print(f"被保険者 {args.insured:,}人　{bench_city.load()}")
        for line in figures:
            print(f"{line['work']}\t{line['seconds']:.1f}秒\t" + (f"{line['count']:,}件" if "count" in line else ""))
    return 0


def filled(processes: int | None) -> list[dict[str, Any]]:
    """Fill the fresh copy that this process works in, and measure the batches that fill it. Leaves it ready for the lists."""
    from kokuho.core import config
    from kokuho.core.prepare import prepare

    prepare()
    from kokuho.commands import bench_levy
    from kokuho.desks.assessment.models import Decision

    if not Decision.objects.exists():
        bench_levy.measure(processes or 1)
    watch = Watch()
    staff()
    fill("bench_facts", "bench_work", "bench_books")
    records()
    batches(watch, processes)
    _vacuum()
    (config.home() / f"{COPY}.json").write_text(json.dumps(watch.lines))
    return watch.lines


def staff() -> None:
    """One account a role that staff may have, and colleagues enough for a city. Areas of units count, where one has any."""
    from kokuho.commands.demo import sample_insurer_number
    from kokuho.core.access import catalogue
    from kokuho.core.actions import entries, parameters
    from kokuho.core.actions.staff import register
    from kokuho.core.models import Municipality, Staff

    for role in catalogue()["roles"]:
        register(
            staff_no=account(role), name=role, unit_code="01", unit_name="国民健康保険課", password=PASSWORD, roles=(role,),
            applied_by="head", approved_by="chief", on=date(YEAR, 4, 1), reason="計測",
        )  # fmt: skip
    asked = parameters.request(by=actor("system_admin"), on=DAY, changes={"rights.territory": True}, reason="計測")
    entries.confirm(by=actor("security_officer"), on=DAY, entry_id=asked.pk)
    city = Municipality.objects.get()
    number = sample_insurer_number(city.name)
    city.settings = {**city.settings, "insurer_number": number, "certificates": {"insurer_no": number}}
    city.save(update_fields=["settings"])
    unit = Staff.objects.values_list("unit_id", flat=True).first()
    Staff.objects.bulk_create(
        Staff(
            staff_no=f"S{number:03}", person_no=f"S{number:03}", name=f"職員{number}", unit_id=unit, valid_from=date(YEAR, 4, 1),
            valid_until=date(YEAR + 2, 3, 31), password="!", account_class=Staff.STAFF,
        )
        for number in range(1, 121)
    )  # fmt: skip


def account(role: str) -> str:
    """The staff number of the one who has a role: one account a role, so that no duties collide."""
    return f"b-{role[:17]}"


def actor(role: str) -> Any:
    """The account that has this role."""
    from kokuho.core.access import actor_for

    return actor_for(account(role), on=DAY, terminal="bench")


def fill(*names: str) -> None:
    """Run the statements of `data/<name>.sql` in one session and transaction, as the application."""
    from kokuho.core import database, entries
    from kokuho.desks.people.numbering import own_range

    kinds = sorted(entries.kinds())
    values = {
        "on": f"DATE '{DAY}'", "by": "'S001'", "first": str(own_range()[0]),
        "kinds": _array(kinds), "titles": _array([entries.kind_of(code).label for code in kinds]),
    }  # fmt: skip
    with database.parse_url(database.current_url()).connect() as connection:
        connection.execute("SET LOCAL work_mem = '256MB'")
        for name in names:
            for statement in statements(name, values):
                connection.execute(statement)  # type: ignore[call-overload]
    _vacuum()


def statements(name: str, values: dict[str, str]) -> list[str]:
    """The statements of a file with `:name` replaced."""
    text = files("kokuho.commands").joinpath("data", f"{name}.sql").read_text("utf-8")
    text = re.sub(r"^--.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<![:\w]):([a-z]+)\b", lambda found: values.get(found[1], found[0]), text)
    return [statement for part in text.split(";\n") if (statement := part.strip().rstrip(";"))]


def _array(words: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]"


def records() -> None:
    """A year of records of access and of writes. They are stamped by triggers, which are off for this statement in this copy."""
    from kokuho.core import database

    tables = ("core_auditrecord", "core_writerecord")
    with database.owner_address().connect() as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements("bench_records", {"on": f"DATE '{DAY}'"}):
            owner.execute(statement)  # type: ignore[call-overload]
        for table in tables:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def batches(watch: Watch, processes: int | None) -> None:
    """Every large batch of the desks once, in the order of a year."""
    from kokuho.core.models import Approval, BatchRun
    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.eligibility.actions import ages, differences, duelist, renewal, views
    from kokuho.desks.eligibility.models import AgeEventRow, MonthView
    from kokuho.desks.people.actions import joining
    from kokuho.exchange.federation import handover, monthly, report
    from kokuho.law.eligibility.months import Month

    desk, head = actor("qualification"), actor("qualification_approver")

    def approve(module: Any, run: BatchRun) -> None:
        found = Approval.objects.filter(subject=module.APPROVALS.subject(run), state=Approval.PENDING).first()
        module.decide(by=head, approval=found or module.propose(by=desk, run_id=run.pk), approve=True)

    for mode, title in (("check", "負担割合 いまの判定"), ("annual", "負担割合 定期判定")):
        run = burden.order(by=desk, on=DAY, mode=mode, year=YEAR if mode == "annual" else None)
        done = watch.time(title, lambda run=run: burden.execute(run, processes=processes))
        watch.count(done.results["households"])
        approve(burden, run)
        watch.count(watch.time(f"{title}の反映", lambda run=run: burden.apply(by=desk, run_id=run.pk)))
    counted = watch.time("交付するものを数える", lambda: duelist.refresh(by=desk, on=DAY))
    watch.count(counted["due"])
    run = renewal.order(by=desk, on=DAY, renew_on=date(YEAR, 8, 1))
    done = watch.time("証の一斉更新 対象の抽出", lambda: renewal.plan(by=desk, run_id=run.pk))
    watch.count(done.results["renewed"] + done.results["excluded"])
    approve(renewal, run)
    watch.count(watch.time("証の一斉更新 交付", lambda: renewal.issue(by=desk, run_id=run.pk)))
    done = watch.time("資格の点検（毎夜）", lambda: differences.validate(by=desk, on=DAY))
    watch.count(done.results["found"])
    done = watch.time("名寄せの候補（毎夜）", lambda: joining.count_candidates(by=desk, on=DAY))
    watch.count(done.results["found"])
    run = watch.time("年齢到達 対象の確定", lambda: ages.order(by=desk, on=DAY, month=Month(YEAR, 8)))
    watch.count(AgeEventRow.objects.filter(run=run).count())
    approve(ages, run)
    done = watch.time("年齢到達 実行", lambda: ages.execute(run.pk, by=desk, on=DAY))
    watch.count(done.results["done"])
    for purpose, label in MonthView.PURPOSES:
        month = {"purpose": purpose, "month": date(YEAR, 6, 1)}
        view = watch.time(f"月別資格ビュー（{label}）", lambda month=month: views.fix_month(by=desk, on=DAY, **month))
        watch.count(view.persons)
    done = watch.time("集約システムへの報告（全世帯）", lambda: report.execute(report.order(by=desk, on=DAY).pk, by=desk))
    watch.count(done.results["persons"])
    file = watch.time("被保険者情報等報告（月次）", lambda: monthly.prepare(by=desk, on=DAY))
    watch.count(file.record_count if file else 0)
    file = watch.time("住民票に記載する資格情報", lambda: handover.prepare(by=desk, on=DAY))
    watch.count(file.record_count if file else 0)


def _vacuum() -> None:
    from kokuho.core.database import owner_address

    with owner_address().connect(autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
