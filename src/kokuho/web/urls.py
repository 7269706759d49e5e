"""Every address of the screens. Each view declares its right (`core.screens.guard`); one that does not answers 403."""

from __future__ import annotations

from django.urls import include, path

from kokuho.web import notice
from kokuho.web.screens import (
    approvals,
    batches,
    certificate_orders,
    certificates,
    eligibility_orders,
    entries,
    extracts,
    federation,
    home,
    household,
    letters,
    levy_orders,
    media,
    notices,
    office,
    person,
    search,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("search/keep/", search.keep, name="search_keep"),
    path("search/kept/<int:saved_id>/drop/", search.drop, name="search_drop"),
    path("households/<int:household_no>/", household.household, name="household"),
    path("persons/<int:atena_no>/", person.person, name="person"),
    path("decisions/<int:decision_id>/notice.pdf", notices.pdf, name="notice_pdf"),
    path("households/<int:household_no>/noted/", household.noted, name="household_noted"),
    path("households/<int:household_no>/certificates/", certificates.of_household, name="household_papers"),
    path("burden/order/", certificate_orders.judge, name="burden_order"),
    path("burden/runs/<int:run_id>/apply/", certificate_orders.apply, name="burden_apply"),
    path("renewals/plan/", certificate_orders.plan, name="renewal_plan"),
    path("renewals/<int:run_id>/issue/", certificate_orders.issue, name="renewal_issue"),
    path("renewals/<int:run_id>/print/", certificate_orders.print_renewal, name="renewal_print"),
    path("certificates/<int:certificate_id>/pdf/", certificates.pdf, name="certificate_pdf"),
    path("levy/<int:fiscal_year>/trial/", levy_orders.trial, name="levy_trial"),
    path("levy/runs/<int:run_id>/final/", levy_orders.final, name="levy_final"),
    path("levy/runs/<int:run_id>/notices/", levy_orders.notices, name="levy_notices"),
    path("people/", include("kokuho.desks.people.urls")),
    path("eligibility/findings/reminders.pdf", letters.reminders, name="reminders"),
    path("eligibility/statuses/<int:status_id>/slip.pdf", letters.slip, name="status_slip"),
    path("eligibility/differences/check/", eligibility_orders.start_checks, name="checks_start"),
    path("eligibility/ages/runs/<int:run_id>/start/", eligibility_orders.start_ages, name="age_start"),
    path("eligibility/", include("kokuho.desks.eligibility.urls")),
    path("assessment/", include("kokuho.desks.assessment.urls")),
    path("collection/", include("kokuho.desks.collection.urls")),
    path("federation/report/", federation.order, name="federation_report"),
    path("exchange/", include("kokuho.exchange.urls")),
    path("batches/", batches.listing, name="batches"),
    path("batches/<int:run_id>/", batches.detail, name="batch"),
    path("batches/<int:run_id>/progress/", batches.moving, name="batch_progress"),
    path("batches/<int:run_id>/resume/", batches.resume, name="batch_resume"),
    path("approvals/", approvals.listing, name="approvals"),
    path("approvals/<int:approval_id>/", approvals.detail, name="approval"),
    path("entries/", entries.listing, name="entries"),
    path("entries/<int:entry_id>/", entries.detail, name="entry"),
    path("extracts/", extracts.listing, name="extracts"),
    path("extracts/new/", extracts.choose, name="extract_new"),
    path("extracts/new/<slug:code>/", extracts.apply, name="extract_apply"),
    path("extracts/<int:extract_id>/", extracts.detail, name="extract"),
    path("extracts/<int:extract_id>/run/", extracts.run, name="extract_run"),
    path("extracts/<int:extract_id>/passphrase/", extracts.passphrase, name="extract_passphrase"),
    path("media/", media.listing, name="media"),
    path("media/new/", media.new, name="medium_new"),
    path("media/<str:code>/", media.detail, name="medium"),
    path("control/", include("kokuho.web.control_urls")),
    path("audit/", office.audit, name="audit"),
    path("", include("kokuho.web.access_urls")),
    path("staff/", office.staff, name="staff"),
    path("me/", office.me, name="me"),
    path("notice/", notice.show, name="notice"),
    path("lock/", office.lock, name="lock"),
    path("accounts/", include("kokuho.web.sign_in_urls")),
]

handler400 = "kokuho.web.screens.errors.malformed"
handler403 = "kokuho.web.screens.errors.forbidden"
handler404 = "kokuho.web.screens.errors.missing"
handler500 = "kokuho.web.screens.errors.broken"
