"""Addresses of the eligibility desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.eligibility.screens import candidates, findings

app_name = "eligibility"
urlpatterns = [
    path("candidates/", candidates.listing, name="candidates"),
    path("candidates/<int:candidate_id>/", candidates.detail, name="candidate"),
    path("findings/", findings.listing, name="findings"),
    path("findings/<int:finding_id>/", findings.detail, name="finding"),
]
