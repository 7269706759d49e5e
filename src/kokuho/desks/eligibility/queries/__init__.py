"""Every read of eligibility, one module a subject."""

from kokuho.desks.eligibility.queries.outside import (
    FindingRow,
    Outside,
    finding,
    findings,
    open_findings,
    outside,
)
from kokuho.desks.eligibility.queries.register import (
    CANDIDATE_COLUMNS,
    CandidateRow,
    Standing,
    StatusView,
    Stay,
    candidate,
    candidates,
    candidates_due,
    candidates_of,
    households_of_number,
    insured_on,
    open_candidates,
    standing,
)

__all__ = [
    "CANDIDATE_COLUMNS",
    "CandidateRow",
    "FindingRow",
    "Outside",
    "Standing",
    "StatusView",
    "Stay",
    "candidate",
    "candidates",
    "candidates_due",
    "candidates_of",
    "finding",
    "findings",
    "households_of_number",
    "insured_on",
    "open_candidates",
    "open_findings",
    "outside",
    "standing",
]
