"""The tables of eligibility, one module a subject."""

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
    "ChangeCandidate",
    "ElderlyPeriod",
    "EligibilityChange",
    "InsuredNumber",
    "InsuredPeriod",
    "Status",
]
