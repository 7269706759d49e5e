"""Statuses that lower the levy: 非自発的失業, 産前産後, 旧被扶養者, 介護適用除外."""

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
from kokuho.law.eligibility import ages
from kokuho.law.eligibility import statuses as law
from kokuho.law.eligibility.months import Month
from kokuho.law.steps import Step

CODES = (
    ("11", "11　解雇"),
    ("12", "12　天災等による事業の継続不能での解雇"),
    ("21", "21　雇止め（3年以上・更新明示なし）"),
    ("22", "22　雇止め（3年未満・更新明示あり）"),
    ("23", "23　期間満了（3年未満・更新明示なし）"),
    ("24", "24　期間満了（上記以外）"),
    ("25", "25　定年・移籍出向"),
    ("31", "31　正当な理由のある自己都合（事業主の働きかけ）"),
    ("32", "32　正当な理由のある自己都合（事業所移転等）"),
    ("33", "33　正当な理由のある自己都合"),
    ("34", "34　正当な理由のある自己都合（被保険者期間12か月未満）"),
    ("40", "40　正当な理由のない自己都合"),
    ("45", "45　正当な理由のない自己都合（受給資格等決定前）"),
    ("50", "50　重責解雇"),
    ("55", "55　重責解雇（受給資格等決定前）"),
)


def _unemployment(subject: Subject, values: Values, on: date) -> Computed:
    left_on = must(values, "left_on", "離職日")
    if left_on > on:
        raise StatusError("STA05", "離職日が処理日より後です。")
    found = law.involuntary_unemployment(subject.birth_date, left_on, values.get("code", ""))
    if found is None:
        reason = (
            "離職日に65歳に達しています。"
            if ages.has_reached(subject.birth_date, 65, left_on)
            else f"離職理由コード {values.get('code', '')} は非自発的失業の対象ではありません。"
        )
        raise StatusError("STA06", reason + "軽減の対象になりません。")
    end = found.end + timedelta(days=1)
    must_be_insured(subject, found.start, end)
    step = Step(
        "高額療養費の所得区分に用いる期間", "期間の末日の翌日以後の最初の7月31日まで", found.benefit_until.isoformat(),
        "国民健康保険法施行令29条の3第2項",
    )  # fmt: skip
    return Computed(
        found.start, end, (*found.steps, step), {"benefit_until": found.benefit_until.isoformat()},
        ("給与所得を100分の30として賦課と軽減判定を計算し直します。", "限度額の区分も見直します。"),
    )  # fmt: skip


def _maternity(subject: Subject, values: Values, on: date) -> Computed:
    expected, actual = day(values, "expected_on"), day(values, "actual_on")
    birth = actual or expected
    if birth is None:
        raise StatusError("STA01", "出産予定日か出産日を入力してください。")
    notified = day(values, "notified_on")
    opens = law.maternity_notice_from(expected or birth)
    if actual is None and (notified or on) < opens:
        raise StatusError("STA07", f"届出は出産予定日の6か月前（{era.long(opens)}）からです。")
    if actual is not None and actual > on:
        raise StatusError("STA05", "出産日が処理日より後です。予定日として入力してください。")
    if (days := values.get("pregnancy_days", "")) and not (
        days.isascii() and days.isdigit() and law.counts_as_birth(int(days), birth)
    ):
        raise StatusError("STA08", "妊娠85日未満は産前産後の免除の対象になりません。")
    # The months are fixed by the day that was expected when it was notified before the birth (施行規則32条の10の3).
    basis = expected if expected is not None and values.get("by_expected") == "1" else birth
    multiple = values.get("multiple") == "1"
    months = law.maternity_months(Month.of(basis), multiple=multiple)
    if not months:
        raise StatusError("STA09", "産前産後の免除は令和6年1月分からです。この出産には免除の月がありません。")
    start, end = months[0].first, months[-1].plus(1).first
    must_be_insured(subject, start, end)
    how = "出産（予定）月の3か月前から翌々月まで（多胎）" if multiple else "出産（予定）月の前月から翌々月まで"
    step = Step(
        "免除する月", f"{era.month(basis)}の{how}",
        f"{era.month(months[0].first)}〜{era.month(months[-1].first)}（{len(months)}か月）",
        "国民健康保険法施行令29条の7第6項8号・9号、施行規則32条の10の3",
    )  # fmt: skip
    return Computed(
        start, end, (step,), {"months": len(months)}, ("所得割と均等割をこの月の分だけ免除し、納め過ぎは還付・充当します。",)
    )  # fmt: skip


def _former_dependent(subject: Subject, values: Values, on: date) -> Computed:
    acquired = day(values, "acquired_on")
    if acquired is None:
        stay = subject.insured_on(on) or (subject.stays[0] if subject.stays else None)
        if stay is None:
            raise StatusError("STA04", "国保の資格がありません。先に資格の届出を処理してください。")
        acquired = stay.acquired_on
    moved = must(values, "supporter_moved_on", "被用者保険の本人が後期へ移った日")
    if values.get("scheme") == "association":
        raise StatusError("STA10", "国民健康保険組合は被用者保険に当たらないため、旧被扶養者の減免の対象になりません。")
    ordered(moved, acquired, ("本人が後期へ移った日", "国保の資格取得日"))
    found = law.former_dependent(subject.birth_date, acquired, supporter_moved_to_elderly=True)
    if found is None:
        raise StatusError("STA11", "資格取得日に65歳以上75歳未満でないため、旧被扶養者の減免の対象になりません。")
    must_be_insured(subject, acquired, None)
    step = Step("所得割の減免", "資格が続く間（期限なし）", "全額", "国民健康保険条例（国の減免参考基準）")
    until = ages.birthday(subject.birth_date, 75)
    stop = day(values, "ended_on")
    return Computed(
        acquired, min(until, stop) if stop else until, (step, *found.steps),
        {
            "per_capita_first": found.per_capita_first.first.isoformat(),
            "per_capita_until": found.per_capita_last.last.isoformat(),
        },
        ("被扶養者でなくなった日の証明（資格喪失証明書など）を保管します。",),
    )  # fmt: skip


def _care_exempt(subject: Subject, values: Values, on: date) -> Computed:
    entered, left = must(values, "entered_on", "入所日"), day(values, "left_on")
    ordered(entered, left, ("入所日", "退所日"))
    from_40, until_65 = ages.reached_on(subject.birth_date, 40), ages.reached_on(subject.birth_date, 65)
    if (left is not None and left <= from_40) or entered >= until_65:
        raise StatusError("STA12", "40歳から64歳までの間の入所ではないため、介護分の賦課に影響しません。")
    step = Step(
        "介護分を賦課しない月", "入所した日の属する月から退所した日の属する月の前月まで",
        f"{era.month(entered)}〜" + (era.month(Month.of(left).plus(-1).first) if left else "退所まで"),
        "介護保険法施行法11条・国民健康保険法施行規則5条の4",
    )  # fmt: skip
    return Computed(
        entered, left, (step,), {}, ("介護保険の担当にも適用除外の届出があることを確かめます。",)
    )  # fmt: skip


KINDS = (
    StatusKind(
        code=Status.INVOLUNTARY_UNEMPLOYMENT, label="非自発的失業", article="国民健康保険法施行令29条の7の2",
        about="倒産・解雇などで離職した人の給与所得を100分の30とみなします。期間は離職日の翌日から翌年度末までで、法令から計算します。",
        items=(
            Item("left_on", "離職日", "date"), Item("code", "離職理由コード", "choice", choices=CODES), BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_unemployment, next_steps=("賦課の更正", "限度額区分の見直し"),
    ),
    StatusKind(
        code=Status.MATERNITY, label="産前産後", article="国民健康保険法施行令29条の7第6項・施行規則32条の10の3",
        about="出産する人の所得割と均等割を、単胎は4か月、多胎は6か月免除します。妊娠85日以上の死産・流産も含みます。",
        items=(
            Item("expected_on", "出産予定日", "date", required=False), Item("actual_on", "出産日", "date", required=False),
            Item("by_expected", "予定日による届出のまま月を数える", "flag", required=False,
                 help="出産前に届け出た月を、出産日が前後しても変えない場合。"),
            Item("multiple", "多胎", "flag", required=False),
            Item("pregnancy_days", "死産・流産のときの妊娠日数", required=False), BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_maternity, next_steps=("賦課の更正", "還付・充当"),
    ),
    StatusKind(
        code=Status.FORMER_DEPENDENT, label="旧被扶養者", article="国民健康保険条例（国の減免参考基準）",
        about="被用者保険の本人が後期高齢者医療へ移り、被扶養者から国保に入った65歳以上の人の所得割・均等割・平等割を減免します。",
        items=(
            Item("supporter_moved_on", "被用者保険の本人が後期へ移った日", "date"),
            Item("scheme", "被扶養者だった保険", "choice",
                 choices=(("employees", "健康保険・船員保険・共済組合"), ("association", "国民健康保険組合"))),
            Item("dependent_until", "被扶養者でなくなった日", "date"),
            Item("acquired_on", "国保の資格取得日", "date", required=False,
                 help="空けると今の資格の取得日。前の市区町村の連絡票があるときは、そこに書かれた当初の取得日。"),
            Item("ended_on", "終わった日", "date", required=False), BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_former_dependent, next_steps=("減免の決定・賦課の更正",),
    ),
    StatusKind(
        code=Status.CARE_EXEMPT, label="介護適用除外", article="介護保険法施行法11条・国民健康保険法施行規則5条の4",
        about="障害者支援施設など、介護保険の適用除外施設に入所している40歳から64歳までの人には、その間の介護分を賦課しません。",
        items=(
            Item("facility_kind", "施設の種類", "choice", choices=(
                ("support", "指定障害者支援施設・障害者支援施設"), ("severe", "医療型障害児入所施設・療養介護の病院"),
                ("nozomi", "のぞみの園"), ("hansen", "国立ハンセン病療養所等"), ("relief", "救護施設"),
                ("workers", "労災特別介護施設"), ("other", "その他の適用除外施設"))),
            Item("facility", "施設の名称"), Item("entered_on", "入所日", "date"),
            Item("left_on", "退所日", "date", required=False), BASIS, DOCUMENT, NOTIFIED,
        ),
        compute=_care_exempt, next_steps=("介護分の更正",),
    ),
)  # fmt: skip
