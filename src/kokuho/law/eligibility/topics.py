"""Topics of `kokuho law` about eligibility dates: 取得・喪失, 年齢到達, 後期への引継ぎ, 期間のある状態, 有効期限,
住所地特例.
"""

from __future__ import annotations

from kokuho.law import shape
from kokuho.law.eligibility.ages import age_events, age_events_between, birthday
from kokuho.law.eligibility.certificates import confirmation_validity, notice_validity
from kokuho.law.eligibility.changes import acquisition, loss
from kokuho.law.eligibility.handover import disability_certified, turning_75
from kokuho.law.eligibility.notification import due_date, notification
from kokuho.law.eligibility.places import Residence, facility_covered, responsible_municipality
from kokuho.law.eligibility.settings import certificate_settings, eligibility_settings
from kokuho.law.eligibility.statuses import involuntary_unemployment
from kokuho.law.errors import LawError
from kokuho.law.schema import day
from kokuho.law.shape import DATE, FLAG, TEXT, Answer, Schema, optional_date, topic
from kokuho.law.steps import Step
from kokuho.law.topic import Case, Topic


def _acquisition(case: Case) -> Answer:
    event = day(case["event_date"], "event_date")
    found = acquisition(case["reason"], event, eligibility_settings(event, case.get("settings")))
    return {
        "reason_label": found.reason.label,
        "acquired": found.acquired and found.acquired.isoformat(),
        "applied_from": found.applied_from and found.applied_from.isoformat(),
    }, found.steps


def _loss(case: Case) -> Answer:
    event = day(case["event_date"], "event_date")
    found = loss(
        case["reason"],
        event,
        eligibility_settings(event, case.get("settings")),
        moved_in_elsewhere=optional_date(case.get("moved_in_elsewhere"), "moved_in_elsewhere"),
    )
    return {
        "reason_label": found.reason.label,
        "lost": found.lost and found.lost.isoformat(),
        "applied_until": found.applied_until.isoformat(),
        "levy_end": found.levy_end.isoformat(),
    }, found.steps


def _age_events(case: Case) -> Answer:
    born = day(case["birth_date"], "birth_date")
    first, last = optional_date(case.get("from"), "from"), optional_date(case.get("to"), "to")
    if (first is None) != (last is None):
        raise LawError("missing_key", "to" if last is None else "from", "from と to は両方入力してください。")
    events = age_events(born) if first is None or last is None else age_events_between(born, first, last)
    steps = [Step(event.label, f"{born} 生まれ", event.effective.isoformat(), event.authority) for event in events]
    return {"events": [{"kind": event.kind.value, "effective": event.effective.isoformat()} for event in events]}, steps


def _handover(case: Case) -> Answer:
    born = day(case["birth_date"], "birth_date")
    certified = optional_date(case.get("disability_certified_on"), "disability_certified_on")
    settings = eligibility_settings(certified or birthday(born, 75), case.get("settings"))
    found = (
        turning_75(born, settings)
        if certified is None
        else disability_certified(born, certified, settings, "disability_certified_on")
    )
    return {
        "elderly_from": found.elderly_from.isoformat(),
        "kokuho_lost": found.kokuho.lost and found.kokuho.lost.isoformat(),
        "last_levy_month": str(found.last_levy_month),
        "halved_month": None if found.halved_month is None else str(found.halved_month),
        "certificate_until": found.certificate_until.isoformat(),
    }, found.steps


def _unemployment(case: Case) -> Answer:
    found = involuntary_unemployment(
        day(case["birth_date"], "birth_date"), day(case["left_on"], "left_on"), case["code"]
    )
    if found is None:
        step = Step(
            "非自発的失業", "離職理由コードまたは離職時の年齢が該当しない", None, "国民健康保険法施行令29条の7の2"
        )
        return {"eligible": False, "from": None, "to": None, "benefit_until": None}, [step]
    return {
        "eligible": True,
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "benefit_until": found.benefit_until.isoformat(),
    }, found.steps


def _certificate(case: Case) -> Answer:
    born, issued = day(case["birth_date"], "birth_date"), day(case["issued_from"], "issued_from")
    if case["kind"] == "notice":
        found = notice_validity(born, issued)
    else:
        found = confirmation_validity(
            born,
            issued,
            certificate_settings(issued, case.get("settings")),
            stay_expires=optional_date(case.get("stay_expires"), "stay_expires"),
            special_benefit_until=optional_date(case.get("special_benefit_until"), "special_benefit_until"),
            shows_ratio=case.get("shows_ratio", True),
        )
    return {"until": found.until and found.until.isoformat(), "limited_by": found.limited_by}, found.steps


def _special_address(case: Case) -> Answer:
    residences = [
        Residence(
            row["municipality"],
            day(row["from"], f"residences[{index}].from"),
            row.get("facility"),
            row.get("moved_because_of_stay", False),
        )
        for index, row in enumerate(case["residences"])
    ]
    on = day(case["on"], "on")
    for index, item in enumerate(residences):
        if item.facility is not None:
            facility_covered(item.facility, on, f"residences[{index}].facility")
    found = responsible_municipality(residences, on)
    return {"municipality": found.municipality, "special": found.special}, found.steps


def _notification(case: Case) -> Answer:
    event = day(case["event_date"], "event_date")
    due = due_date(case["kind"], event)
    kind = notification(case["kind"], event)
    value = None if due is None else due.isoformat()
    text = "期限の定めなし" if due is None else f"{event} の翌日から{kind.days}日"
    return {"due": value}, [Step(kind.label, text, value, kind.article)]


_NULL_DATE = shape.nullable(DATE)
_NULL_TEXT: Schema = {"type": ["string", "null"]}
_RESIDENCE = shape.record({"municipality": TEXT, "from": DATE}, {"facility": _NULL_TEXT, "moved_because_of_stay": FLAG})

TOPICS: tuple[Topic, ...] = (
    topic(
        "acquisition",
        "取得日と適用開始日",
        shape.case({"reason": TEXT, "event_date": DATE}, {"settings": shape.SETTINGS}),
        shape.result({"reason_label": TEXT, "acquired": _NULL_DATE, "applied_from": _NULL_DATE}),
        _acquisition,
    ),
    topic(
        "loss",
        "喪失日と適用終了日",
        shape.case(
            {"reason": TEXT, "event_date": DATE}, {"moved_in_elsewhere": _NULL_DATE, "settings": shape.SETTINGS}
        ),
        shape.result({"reason_label": TEXT, "lost": _NULL_DATE, "applied_until": DATE, "levy_end": DATE}),
        _loss,
    ),
    topic(
        "age-events",
        "年齢到達による異動",
        shape.case({"birth_date": DATE}, {"from": DATE, "to": DATE}),
        shape.result({"events": shape.many(shape.record({"kind": TEXT, "effective": DATE}))}),
        _age_events,
    ),
    topic(
        "elderly-handover",
        "後期高齢者医療への引継ぎ",
        shape.case({"birth_date": DATE}, {"disability_certified_on": DATE, "settings": shape.SETTINGS}),
        shape.result(
            {
                "elderly_from": DATE,
                "kokuho_lost": _NULL_DATE,
                "last_levy_month": shape.MONTH,
                "halved_month": shape.nullable(shape.MONTH),
                "certificate_until": DATE,
            }
        ),
        _handover,
    ),
    topic(
        "unemployment-period",
        "非自発的失業者の特例の期間",
        shape.case({"birth_date": DATE, "left_on": DATE, "code": TEXT}),
        shape.result({"eligible": FLAG, "from": _NULL_DATE, "to": _NULL_DATE, "benefit_until": _NULL_DATE}),
        _unemployment,
    ),
    topic(
        "certificate-validity",
        "資格確認書・お知らせの有効期限",
        shape.case(
            {"kind": shape.choice("confirmation", "notice"), "birth_date": DATE, "issued_from": DATE},
            {"stay_expires": DATE, "special_benefit_until": DATE, "shows_ratio": FLAG, "settings": shape.SETTINGS},
        ),
        shape.result({"until": _NULL_DATE, "limited_by": TEXT}),
        _certificate,
    ),
    topic(
        "special-address",
        "住所地特例による保険者",
        shape.case({"on": DATE, "residences": shape.many(_RESIDENCE, 1)}),
        shape.result({"municipality": TEXT, "special": FLAG}),
        _special_address,
    ),
    topic(
        "notification-due",
        "届出の期限",
        shape.case({"kind": TEXT, "event_date": DATE}),
        shape.result({"due": _NULL_DATE}),
        _notification,
    ),
)
