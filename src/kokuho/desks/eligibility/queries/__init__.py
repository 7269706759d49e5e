"""Every read of eligibility, one module a subject."""

from kokuho.desks.eligibility.queries.certificates import CertificateView, certificates_of
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
from kokuho.desks.eligibility.queries.status_list import (
    StatusDetail,
    StatusRow,
    status,
    status_counts,
    statuses,
    subject_of,
)

__all__ = [
    "CANDIDATE_COLUMNS",
    "CandidateRow",
    "CertificateView",
    "FindingRow",
    "Outside",
    "Standing",
    "StatusDetail",
    "StatusRow",
    "StatusView",
    "Stay",
    "candidate",
    "candidates",
    "candidates_due",
    "candidates_of",
    "certificates_of",
    "finding",
    "findings",
    "households_of_number",
    "insured_on",
    "open_candidates",
    "open_findings",
    "outside",
    "standing",
    "status",
    "status_counts",
    "statuses",
    "subject_of",
]
