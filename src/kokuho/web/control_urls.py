"""Addresses of the rooms of control (安全管理)."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.people.screens import numbers
from kokuho.web.screens import (
    backups,
    conduct,
    control,
    disclosure,
    incidents,
    inspection,
    keeping,
    mynumber,
    orders,
    prints,
    protection,
    values,
)

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
    path("prints/", prints.listing, name="prints"),
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
    path("mynumber/review/", numbers.doubts, name="mynumber_review"),
    path("mynumber/review/look/", mynumber.look, name="mynumber_look"),
    path("mynumber/find/", mynumber.find, name="mynumber_find"),
    path("mynumber/<int:atena_no>/", mynumber.reveal, name="mynumber"),
    path("protection/", protection.index, name="protection"),
    path("protection/new/<slug:kind>/", protection.new, name="protection_new"),
    path("protection/list/", protection.take, name="protection_list"),
    path("protection/hosting/", protection.hosting, name="hosting_new"),
    path("conduct/", conduct.index, name="conduct"),
    path("conduct/new/<slug:kind>/", conduct.new, name="conduct_new"),
    path("conduct/pack/", conduct.pack, name="evidence_pack"),
    path("incidents/", incidents.listing, name="incidents"),
    path("incidents/new/", incidents.new, name="incident_new"),
    path("incidents/<int:incident_id>/", incidents.detail, name="incident"),
    path("disclosure/", disclosure.listing, name="disclosures"),
    path("disclosure/new/", disclosure.new, name="disclosure_new"),
    path("disclosure/<int:request_id>/", disclosure.detail, name="disclosure"),
    path("disclosure/<int:request_id>/print/", disclosure.print_out, name="disclosure_print"),
    path("disclosure/suspensions/<int:suspension_id>/lift/", disclosure.lift, name="suspension_lift"),
]
