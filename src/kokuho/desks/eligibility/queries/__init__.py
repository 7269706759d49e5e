"""Every read of eligibility, one module a subject."""

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
    "Standing",
    "StatusView",
    "Stay",
    "candidate",
    "candidates",
    "candidates_due",
    "candidates_of",
    "households_of_number",
    "insured_on",
    "open_candidates",
    "standing",
]
