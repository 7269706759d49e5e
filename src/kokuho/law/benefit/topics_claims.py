"""Topics about arrears, relief and recovery: special-benefit, benefit-suspension, copayment-relief,
benefit-return, third-party.
"""

from __future__ import annotations

from kokuho.law import shape
from kokuho.law.benefit.arrears import ArrearsState, deduct_arrears, hold_back, special_benefit, suspension
from kokuho.law.benefit.recovery import (
    Accident,
    PaidClaim,
    RecoveryCause,
    ratio_difference,
    third_party_claim,
    unjust_enrichment,
)
from kokuho.law.benefit.relief import ReliefCase, judge_relief, relieved_share
from kokuho.law.benefit.settings import relief_settings, suspension_settings
from kokuho.law.errors import LawError
from kokuho.law.schema import day
from kokuho.law.shape import (
    DATE,
    FLAG,
    RATE,
    SIGNED_YEN,
    TEXT,
    YEN,
    Answer,
    Schema,
    parse_rate,
    percent,
    topic,
)
from kokuho.law.topic import Case, Topic


def _state(case: Case) -> ArrearsState:
    return ArrearsState(
        day(case["oldest_due"], "oldest_due"),
        case["arrears"],
        case.get("encouraged", False),
        case.get("special_circumstances", False),
        case.get("notified", False),
    )


def _special_benefit(case: Case) -> Answer:
    found = special_benefit(_state(case), day(case["on"], "on"))
    return {
        "duty": found.duty.value,
        "from": found.from_day.isoformat(),
        "missing": list(found.missing),
    }, found.steps


def _suspension(case: Case) -> Answer:
    on, state = day(case["on"], "on"), _state(case)
    measure = suspension(state, on)
    held = hold_back(case["benefit"], case["amount"], state, on, suspension_settings(on, case.get("settings")))
    deduction = deduct_arrears(
        held.held,
        case["arrears"],
        under_special_benefit=case.get("under_special_benefit", False),
        suspended=held.held > 0,
        notified_in_writing=case.get("deduction_notified", False),
    )
    return {
        "duty": measure.duty.value,
        "held": held.held,
        "payable": held.payable,
        "deduction_allowed": deduction.allowed,
        "deducted": deduction.deducted,
        "missing": [*measure.missing, *deduction.missing],
    }, [*held.steps, *deduction.steps]


def _relief(case: Case) -> Answer:
    on = day(case["on"], "on")
    found = judge_relief(
        ReliefCase(
            case["disaster_or_loss"],
            case["inpatient"],
            case["income"],
            case["standard"],
            case["savings"],
            case.get("can_pay_later", False),
        ),
        relief_settings(on, case.get("settings")),
    )
    share = relieved_share(case["share"], found)
    return {
        "kind": found.kind.value,
        "rate": percent(found.rate),
        "months": found.months,
        "share": share,
    }, found.steps


def _claims(case: Case) -> list[PaidClaim]:
    return [
        PaidClaim(
            row.get("institution", f"{index + 1}件目"),
            row["cost"],
            row["insurer"],
            row.get("high_cost", 0),
            row.get("meals", 0),
        )
        for index, row in enumerate(case["claims"])
    ]


def _return(case: Case) -> Answer:
    cause = RecoveryCause(case["cause"])
    claims = _claims(case)
    if cause is not RecoveryCause.WRONG_RATIO:
        found = unjust_enrichment(claims, cause)
        return {"amount": found.amount}, found.steps
    for key in ("applied_ratio", "right_ratio"):
        if key not in case:
            raise LawError("missing_key", key, "負担割合の相違には、使った割合と正しい割合が要ります。")
    applied = parse_rate(case["applied_ratio"], "applied_ratio")
    right = parse_rate(case["right_ratio"], "right_ratio")
    parts = [ratio_difference(claim.cost, applied, right) for claim in claims]
    return {"amount": sum(part.amount for part in parts)}, [step for part in parts for step in part.steps]


def _third_party(case: Case) -> Answer:
    found = third_party_claim(
        Accident(
            day(case["happened_on"], "happened_on"),
            _claims(case),
            parse_rate(case.get("victim_fault", "0%"), "victim_fault"),
            case.get("paid_to_victim_for_medical", 0),
            case.get("settled_value", 0),
            case.get("compulsory_insurance_used", 0),
        ),
        day(case["known_on"], "known_on"),
    )
    return {
        "value": found.value,
        "claimable": found.claimable,
        "from_compulsory_insurance": found.from_compulsory_insurance,
        "freed": found.freed,
        "prescribed_on": found.prescribed_on.isoformat(),
    }, found.steps


_STATE: dict[str, Schema] = {"on": DATE, "oldest_due": DATE, "arrears": YEN}
_STATE_MORE: dict[str, Schema] = {"encouraged": FLAG, "special_circumstances": FLAG, "notified": FLAG}
_DUTY = shape.choice("none", "may", "must")
_PAID = shape.record({"cost": YEN, "insurer": YEN}, {"institution": TEXT, "high_cost": YEN, "meals": YEN})

CLAIM_TOPICS: tuple[Topic, ...] = (
    topic(
        "special-benefit",
        "特別療養費への変更",
        shape.case(_STATE, _STATE_MORE),
        shape.result({"duty": _DUTY, "from": DATE, "missing": shape.many(TEXT)}),
        _special_benefit,
    ),
    topic(
        "benefit-suspension",
        "保険給付の差止めと控除",
        shape.case(
            {**_STATE, "benefit": TEXT, "amount": YEN},
            {**_STATE_MORE, "under_special_benefit": FLAG, "deduction_notified": FLAG, "settings": shape.SETTINGS},
        ),
        shape.result(
            {
                "duty": _DUTY,
                "held": YEN,
                "payable": YEN,
                "deduction_allowed": FLAG,
                "deducted": YEN,
                "missing": shape.many(TEXT),
            }
        ),
        _suspension,
    ),
    topic(
        "copayment-relief",
        "一部負担金の減免・徴収猶予",
        shape.case(
            {
                "on": DATE,
                "share": YEN,
                "disaster_or_loss": FLAG,
                "inpatient": FLAG,
                "income": YEN,
                "standard": YEN,
                "savings": YEN,
            },
            {"can_pay_later": FLAG, "settings": shape.SETTINGS},
        ),
        shape.result({"kind": TEXT, "rate": TEXT, "months": shape.COUNT, "share": YEN}),
        _relief,
    ),
    topic(
        "benefit-return",
        "返納金（不当利得）",
        shape.case(
            {"cause": shape.choice(*(cause.value for cause in RecoveryCause)), "claims": shape.many(_PAID, 1)},
            {"applied_ratio": RATE, "right_ratio": RATE},
        ),
        shape.result({"amount": SIGNED_YEN}),
        _return,
    ),
    topic(
        "third-party",
        "第三者行為の求償額",
        shape.case(
            {"happened_on": DATE, "known_on": DATE, "claims": shape.many(_PAID, 1)},
            {
                "victim_fault": RATE,
                "paid_to_victim_for_medical": YEN,
                "settled_value": YEN,
                "compulsory_insurance_used": YEN,
            },
        ),
        shape.result(
            {"value": YEN, "claimable": YEN, "from_compulsory_insurance": YEN, "freed": YEN, "prescribed_on": DATE}
        ),
        _third_party,
    ),
)
