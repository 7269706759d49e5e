"""Addresses of identification and rights: security parameters, accounts, applications, contractors."""

from __future__ import annotations

from django.urls import path

from kokuho.web.screens import access_reports, accounts, migration, parameters, vendors

urlpatterns = [
    path("access/", accounts.overview, name="access"),
    path("access/apply/rights/<slug:what>/", accounts.apply_rights, name="apply_rights"),
    path("access/apply/account/<slug:what>/", accounts.apply_account, name="apply_account"),
    path("access/reports/<slug:what>/", access_reports.report, name="access_report"),
    path("access/review/", accounts.review, name="access_review"),
    path("access/tasks/<int:task_id>/", accounts.task, name="access_task"),
    path("access/terminals/", accounts.terminals, name="terminals"),
    path("access/duty/", accounts.duty, name="duty"),
    path("access/staff/<str:staff_no>/", accounts.staff, name="staff_detail"),
    path("vendors/", vendors.listing, name="vendors"),
    path("vendors/report/", vendors.report, name="vendor_report"),
    path("vendors/contract/", vendors.contract, name="vendor_contract"),
    path("vendors/worker/", vendors.worker, name="vendor_worker"),
    path("vendors/order/", vendors.order, name="vendor_order"),
    path("vendors/windows/<int:window_id>/", vendors.window, name="vendor_window"),
    path("migrations/", migration.listing, name="migrations"),
    path("migrations/new/", migration.new, name="migration_new"),
    path("migrations/<int:work_id>/", migration.detail, name="migration"),
    path("parameters/", parameters.listing, name="parameters"),
    path("parameters/changes/", parameters.changes, name="parameter_changes"),
    path("parameters/profile/", parameters.profile, name="parameter_profile"),
    path("parameters/restore/", parameters.restore, name="parameter_restore"),
    path("parameters/<str:key>/", parameters.change, name="parameter_change"),
]
