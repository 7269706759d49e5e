"""Addresses of the rooms of control (安全管理)."""

from __future__ import annotations

from django.urls import path

from kokuho.web.screens import backups, control, inspection, keeping, mynumber, orders, values

urlpatterns = [
    path("", control.index, name="control"),
    path("orders/", orders.listing, name="orders"),
    path("orders/new/", orders.new, name="order_new"),
    path("orders/<int:order_id>/", orders.detail, name="order"),
    path("journal/", orders.journal, name="journal"),
    path("values/<int:atena_no>/", values.person, name="values_person"),
    path("values/<int:atena_no>/<str:code>/", values.rows, name="values"),
    path("writes/", values.writes, name="writes"),
    path("written/<int:write_id>/", values.written, name="written"),
    path("sample/", inspection.sample, name="audit_sample"),
    path("inspections/", inspection.inspections, name="inspections"),
    path("marks/", inspection.marks, name="marks"),
    path("marks/<int:mark_id>/", inspection.mark, name="mark"),
    path("backups/", backups.status, name="backups"),
    path("keep/", keeping.index, name="keep"),
    path("keep/plan/", keeping.new_plan, name="keep_plan"),
    path("keep/holds/", keeping.holds, name="holds"),
    path("keep/propose/", keeping.propose, name="keep_propose"),
    path("keep/<int:order_id>/", keeping.erasure, name="erasure"),
    path("keep/<int:order_id>/certificate/", keeping.certificate, name="erasure_certificate"),
    path("mynumber/review/", mynumber.review, name="mynumber_review"),
    path("mynumber/find/", mynumber.find, name="mynumber_find"),
    path("mynumber/<int:atena_no>/", mynumber.reveal, name="mynumber"),
]
