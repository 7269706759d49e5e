"""The tables of eligibility, one module a subject."""

from kokuho.desks.eligibility.models.ages import AgeEventRow
from kokuho.desks.eligibility.models.burden import (
    BurdenJudgement,
    BurdenProposal,
    ReceiptsApplication,
)
from kokuho.desks.eligibility.models.certificates import (
    ArrearsHousehold,
    CardUse,
    Certificate,
    CertificateDue,
    CertificateEvent,
    CertificateHolding,
    DiseaseApproval,
    LimitApproval,
    RenewalLine,
    SpecialBenefit,
)
from kokuho.desks.eligibility.models.differences import Difference, FindingStep
from kokuho.desks.eligibility.models.events import (
    BranchGiven,
    EligibilityEvent,
    Exclusion,
    InsuranceHead,
    InsuredBranch,
)
from kokuho.desks.eligibility.models.hearings import HearingNotice, HearingStep
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
from kokuho.desks.eligibility.models.views import MonthView, MonthViewRow

__all__ = [
    "BELIEVED",
    "AgeEventRow",
    "ArrearsHousehold",
    "BranchGiven",
    "BurdenJudgement",
    "BurdenProposal",
    "CardUse",
    "Certificate",
    "CertificateDue",
    "CertificateEvent",
    "CertificateHolding",
    "ChangeCandidate",
    "Difference",
    "DiseaseApproval",
    "ElderlyPeriod",
    "EligibilityChange",
    "EligibilityEvent",
    "Exclusion",
    "FindingStep",
    "HearingNotice",
    "HearingStep",
    "InsuranceHead",
    "InsuredBranch",
    "InsuredNumber",
    "InsuredPeriod",
    "LimitApproval",
    "MemberId",
    "MonthView",
    "MonthViewRow",
    "OtherInsuranceFinding",
    "PrefectureStay",
    "ReceiptsApplication",
    "RenewalLine",
    "SpecialBenefit",
    "Status",
]
