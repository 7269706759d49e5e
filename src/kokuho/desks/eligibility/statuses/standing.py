"""Statuses that decide about qualification and household: 特定同一世帯所属者, 住所地特例, 修学中, 生活保護, 退職被保険者."""

from __future__ import annotations

from datetime import date, timedelta

from kokuho.core import era
from kokuho.desks.eligibility.models import Status
from kokuho.desks.eligibility.statuses.base import (
    BASIS,
    DOCUMENT,
    NOTIFIED,
    Computed,
    Item,
    StatusError,
    StatusKind,
    Subject,
    Values,
    day,
    must,
    must_be_insured,
    ordered,
)  # fmt: skip
from kokuho.desks.people import municipalities
from kokuho.law.eligibility import places
from kokuho.law.eligibility.ages import birthday
from kokuho.law.eligibility.households import specific_household
from kokuho.law.eligibility.months import period_end
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step

# 退職者医療制度は平成26年度末で新規適用を終え、経過措置も令和2年3月31日で終わった。
RETIRED_BEGAN, RETIRED_ENDED = date(1984, 10, 1), date(2020, 4, 1)
_STATUSES = "eligibility-statuses"


def _facilities() -> tuple[tuple[str, str], ...]:
    rows = table(_STATUSES).history("special_address_facilities")[0].value
    return tuple((row["code"], row["label"]) for row in rows)


def _former_insured(subject: Subject, values: Values, on: date) -> Computed:
    moved = must(values, "moved_on", "後期へ移った日")
    since, ended = day(values, "since") or moved + timedelta(days=1), day(values, "ended_on")
    ordered(moved, since, ("後期へ移った日", "この世帯で数え始める日"))
    ordered(since, ended, ("この世帯で数え始める日", "終わった日"))
    if moved < birthday(subject.birth_date, 65):
        raise StatusError("STA13", "65歳になる前に後期高齢者医療へ移ることはありません。日付を確かめてください。")
    household = specific_household(moved)
    step = Step(
        "特定同一世帯所属者", f"{era.long(moved)}に国保から後期へ移り、その後も同じ世帯にいる", era.long(since),
        "国民健康保険法施行令29条の7第2項8号イ",
    )  # fmt: skip
    detail = {"moved_on": moved.isoformat(), "specific_until": household.specific[1].last.isoformat()}
    return Computed(
        since, ended, (step, *household.steps), detail,
        ("軽減判定の人数に数え、残る被保険者が1人なら特定世帯・特定継続世帯として平等割を軽減します。",),
    )  # fmt: skip


def _special_address(subject: Subject, values: Values, on: date) -> Computed:
    entered, left = must(values, "entered_on", "入所（住所を移した）日"), day(values, "ended_on")
    ordered(entered, left, ("入所日", "解除日"))
    facility = values.get("facility_kind", "")
    try:
        covered = places.facility_covered(facility, entered)
    except LawError as error:
        raise StatusError("STA14", str(error)) from error
    if not covered:
        raise StatusError("STA15", "この種類の施設は住所地特例の対象ではありません。施設の所在地の市区町村が保険者です。")
    # A municipality that this city succeeded is this city now.
    first = values.get("first_municipality") or subject.municipality
    before = [places.Residence(subject.municipality if first in subject.merged else first, date(1900, 1, 1))]
    if between := values.get("between_municipality", ""):
        since = must(values, "between_on", "前の施設に入った日")
        ordered(since, entered, ("前の施設に入った日", "入所日"))
        before.append(places.Residence(between, since, values.get("between_kind") or facility, True))
    chain = [*before, places.Residence(values.get("municipality", ""), entered, facility, True)]
    found = places.responsible_municipality(chain, max(on, entered) if left is None else left - timedelta(days=1))
    if found.municipality != subject.municipality:
        raise StatusError(
            "STA16",
            f"住所の流れからは、保険者は団体コード {found.municipality} の市区町村です。こちらの住所地特例にはなりません。",
        )
    must_be_insured(subject, entered, left)
    # Whether the person is still there is confirmed every year, and when the stay was planned to end.
    again = period_end(day(values, "confirmed_on") or entered, years=1)
    planned = day(values, "planned_end")
    return Computed(
        entered, left, found.steps, {}, ("施設の所在地の市区町村へ住所地特例の連絡票を送り、送付先を確かめます。",),
        None if left is not None else min(planned or again, again),
    )  # fmt: skip


def _student(subject: Subject, values: Values, on: date) -> Computed:
    since, ended = must(values, "since", "該当した日"), day(values, "ended_on")
    planned = day(values, "graduates_on")
    ordered(since, ended, ("該当した日", "非該当となった日"))
    ordered(since, planned, ("該当した日", "卒業予定日"))
    if not places.student_applies(
        notified=day(values, "notified_on") is not None, in_school=values.get("in_school") == "1",
        supported_by_parents=values.get("supported") == "1", insured_elsewhere=values.get("elsewhere") == "1",
    ):  # fmt: skip
        raise StatusError(
            "STA17", "修学中の特例は、届出があり、在学し、親元の仕送りで生活し、ほかの保険に入っていない人に限ります。"
        )
    must_be_insured(subject, since, ended)
    renewal = day(values, "confirmed_until") or places.student_renewal_day(max(since, on))
    if ended is None and planned is not None and planned < renewal:
        renewal = planned
    step = Step(
        "修学中の特例", f"{era.long(since)}から、毎年3月31日までに在学を確かめて更新する", era.long(renewal),
        "国民健康保険法116条・施行規則5条",
    )  # fmt: skip
    return Computed(
        since, ended, (step,), {}, ("記号番号は親元の世帯のものを使います。",), None if ended is not None else renewal
    )  # fmt: skip


def _welfare(subject: Subject, values: Values, on: date) -> Computed:
    start, end = must(values, "started_on", "保護の開始日"), day(values, "ended_on")
    ordered(start, end, ("保護の開始日", "保護の廃止・停止日"))
    step = Step(
        "生活保護による適用除外", "保護の開始の日に資格を失い、廃止・停止の日に取得する（停止中は除外しない）", era.long(start),
        "国民健康保険法6条9号・7条・8条2項",
    )  # fmt: skip
    notes: list[str] = []
    if subject.insured_between(start, end):
        notes.append("この期間に国保の資格があります。資格喪失（209 生活保護開始）の届出を処理してください。")
    if end is not None and subject.insured_on(end) is None and end <= on:
        why = "110 生活保護停止" if values.get("end_kind") == "suspended" else "109 生活保護廃止"
        notes.append(f"保護が終わりました。資格取得（{why}）の届出を処理してください。")
    return Computed(start, end, (step,), {}, tuple(notes))


def _retired(subject: Subject, values: Values, on: date) -> Computed:
    start, end = must(values, "since", "該当した日"), must(values, "ended_on", "非該当となった日")
    ordered(start, end, ("該当した日", "非該当となった日"))
    if end > RETIRED_ENDED:
        raise StatusError("STA18", "退職者医療制度は令和2年3月31日で終わりました。それより後の期間は登録できません。")
    step = Step(
        "退職被保険者の履歴",
        "制度廃止前の期間の訂正だけを扱う",
        f"{era.long(start)}〜{era.long(end)}",
        "平成18年法律第83号附則",
    )
    note = "廃止前の年度の賦課は、期間制限（国民健康保険法110条の2、地方税法17条の5）を過ぎているため変わりません。"
    return Computed(start, end, (step,), {}, (note,))


_ENDED = Item(
    "ended_on",
    "終わった日（非該当日）",
    "date",
    required=False,
    help="続いているときは空けます。この日から数えません。",
)

KINDS = (
    StatusKind(
        code=Status.FORMER_INSURED, label="特定同一世帯所属者", article="国民健康保険法施行令29条の7第2項8号イ",
        about="国保から後期へ移り、同じ世帯に残る人です。75歳到達などでは自動で登録し、世帯の分離・世帯主の変更で自動で終わります。"
        "前の市区町村の証明書を持って転入した人は、ここで登録します。",
        items=(
            Item("moved_on", "国保から後期へ移った日", "date", help="75歳の誕生日、又は障害認定日。証明書に書かれた日。"),
            Item("since", "この世帯で数え始める日", "date", required=False, help="転入した人は転入日。空けると移った日の翌日。"),
            _ENDED, BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_former_insured, next_steps=("軽減判定・平等割の更正",),
    ),
    StatusKind(
        code=Status.SPECIAL_ADDRESS, label="住所地特例", article="国民健康保険法116条の2・施行規則5条の2",
        about="ほかの市区町村の病院・施設に入るため住所を移した人です。施設を移り続けても、最初に住んでいた市区町村が保険者です。",
        items=(
            Item("facility_kind", "施設の種類", "choice", choices=_facilities()), Item("facility", "施設の名称"),
            Item("municipality", "施設の所在地の市区町村", "municipality", help=f"{municipalities.HELP}。", on=("entered_on",)),
            Item("entered_on", "入所して住所を移した日", "date"),
            Item(
                "first_municipality", "入所前に住んでいた市区町村", "municipality", required=False,
                help="市区町村名か団体コード。空けるとこの市。", on=("between_on", "entered_on"),
            ),
            Item(
                "between_municipality", "間に入っていた施設の市区町村", "municipality", required=False, help="市区町村名か団体コード。",
                on=("between_on",),
            ),
            Item("between_on", "間の施設に入った日", "date", required=False),
            Item("between_kind", "間の施設の種類", "choice", required=False, choices=_facilities()),
            Item("planned_end", "予定の終わり", "date", required=False),
            Item("confirmed_on", "在所を確かめた日", "date", required=False), _ENDED, BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_special_address, review_label="在所の確認", next_steps=("送付先の確認", "連絡票の送付"),
    ),
    StatusKind(
        code=Status.STUDENT, label="修学中（マル学）", article="国民健康保険法116条・施行規則5条",
        about="修学のため親元を離れてほかの市区町村に住む学生を、親元の世帯の被保険者とします。届出があるときだけで、毎年更新します。",
        items=(
            Item("school", "学校の名称"), Item("since", "該当した日", "date"),
            Item("in_school", "在学証明書を確かめた", "flag", required=False),
            Item("supported", "仕送りで生活している", "flag", required=False),
            Item("elsewhere", "ほかの健康保険に入っている", "flag", required=False),
            Item("graduates_on", "卒業予定日", "date", required=False),
            Item("confirmed_until", "在学を確かめた期限", "date", required=False, help="更新のとき、次の3月31日。空けると自動。"),
            _ENDED, BASIS, DOCUMENT, Item("notified_on", "届出日", "date"),
        ),
        compute=_student, review_label="更新期限", next_steps=("証の送付先の確認",),
    ),
    StatusKind(
        code=Status.WELFARE, label="生活保護", article="国民健康保険法6条9号",
        about="生活保護の開始から廃止・停止までの期間です。期間の登録だけでは資格は動きません。喪失・取得は届出で処理します。",
        items=(
            Item("started_on", "保護の開始日（決定通知の日）", "date"),
            Item("ended_on", "保護の廃止・停止日", "date", required=False),
            Item("end_kind", "廃止・停止の別", "choice", required=False, choices=(("abolished", "廃止"), ("suspended", "停止"))),
            Item("office", "福祉事務所・決定番号", required=False), BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_welfare, next_steps=("資格喪失・取得の届出",),
    ),
    StatusKind(
        code=Status.RETIRED, label="退職被保険者", article="平成18年法律第83号附則",
        about="廃止された退職者医療制度の履歴です。新しい該当はなく、過去の期間の訂正だけを扱います。",
        items=(
            Item("since", "該当した日", "date"), Item("ended_on", "非該当となった日", "date"),
            Item("role", "本人・扶養の別", "choice", choices=(("self", "本人"), ("dependent", "被扶養者"))),
            Item("pension", "年金の種類・証書番号", required=False),
            Item("why", "事由", required=False), BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_retired,
    ),
)  # fmt: skip
