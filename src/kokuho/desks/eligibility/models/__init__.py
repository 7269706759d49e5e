"""The tables of eligibility, one module a subject."""

from kokuho.desks.eligibility.models.ages import AgeEventRow
from kokuho.desks.eligibility.models.events import (
    BranchGiven,
    EligibilityEvent,
    Exclusion,
    InsuranceHead,
    InsuredBranch,
)
from kokuho.desks.eligibility.models.outside import MemberId, OtherInsuranceFinding, PrefectureStay
from kokuho.desks.eligibility.models.register import (
    BELIEVED,
    ChangeCandidate,
    ElderlyPeriod,
    EligibilityChange,
    InsuredNumber,
    InsuredPeriod,
    Status,
)

__all__ = [
    "BELIEVED",
    "AgeEventRow",
    "BranchGiven",
    "ChangeCandidate",
    "ElderlyPeriod",
    "EligibilityChange",
    "EligibilityEvent",
    "Exclusion",
    "InsuranceHead",
    "InsuredBranch",
    "InsuredNumber",
    "InsuredPeriod",
    "MemberId",
    "OtherInsuranceFinding",
    "PrefectureStay",
    "Status",
]
