"""Addresses of the eligibility desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.eligibility.screens import (
    ages,
    candidates,
    certificate_entry,
    certificates,
    differences,
    events,
    exclusions,
    findings,
    months,
    notices,
    renewal,
    residences,
    statuses,
)

app_name = "eligibility"
urlpatterns = [
    path("candidates/", candidates.listing, name="candidates"),
    path("candidates/<int:candidate_id>/", candidates.detail, name="candidate"),
    path("notices/", notices.start, name="notice_start"),
    path("notices/<int:entry_id>/", notices.detail, name="notice"),
    path("households/<int:household_no>/notice/", notices.new, name="notice_new"),
    path("households/<int:household_no>/cancel/", notices.cancel, name="notice_cancel"),
    path("households/<int:household_no>/events/", events.listing, name="events"),
    path("households/<int:household_no>/branch/", events.branch, name="branch"),
    path("exclusions/", exclusions.listing, name="exclusions"),
    path("persons/<int:atena_no>/exclusion/", exclusions.enter, name="exclusion"),
    path("findings/", findings.listing, name="findings"),
    path("findings/new/", findings.new, name="finding_new"),
    path("findings/<int:finding_id>/", findings.detail, name="finding"),
    path("ages/", ages.forecast, name="ages"),
    path("ages/order/", ages.order, name="age_order"),
    path("ages/runs/<int:run_id>/", ages.run, name="age_run"),
    path("ages/handovers/", ages.handovers, name="handovers"),
    path("differences/", differences.listing, name="differences"),
    path("differences/<int:difference_id>/", differences.detail, name="difference"),
    path("residences/", residences.listing, name="residences"),
    path("statuses/", statuses.listing, name="statuses"),
    path("statuses/<int:status_id>/", statuses.detail, name="status"),
    path("statuses/<int:status_id>/change/", statuses.change, name="status_change"),
    path("persons/<int:atena_no>/statuses/", statuses.choose, name="status_choose"),
    path("persons/<int:atena_no>/statuses/<slug:kind>/", statuses.new, name="status_new"),
    path("certificates/", certificates.listing, name="certificates"),
    path("certificates/due/", certificates.due, name="certificates_due"),
    path("certificates/due/recount/", certificates.recount, name="certificates_recount"),
    path("certificates/<int:certificate_id>/", certificates.detail, name="certificate"),
    path("certificates/persons/<int:atena_no>/", certificates.of_person, name="person_certificates"),
    path("certificates/persons/<int:atena_no>/issue/", certificates.issue, name="person_issue"),
    path("certificates/persons/<int:atena_no>/<slug:name>/", certificate_entry.enter, name="certificate_enter"),
    path("certificates/renewals/", renewal.home, name="renewals"),
    path("certificates/renewals/<int:run_id>/", renewal.detail, name="renewal"),
    path("certificates/renewals/<int:run_id>/step/", renewal.step, name="renewal_step"),
    path("months/", months.listing, name="months"),
    path("months/<int:view_id>/", months.detail, name="month"),
]
