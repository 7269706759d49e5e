"""Addresses of the people desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.people.screens import four, opening, registered, worklists

app_name = "people"
urlpatterns = [
    path("protected/", opening.answer, name="protected"),
    path("<int:atena_no>/registered/", registered.registered, name="registered"),
    path("<int:atena_no>/register/<slug:code>/", registered.register, name="register"),
    path("<int:atena_no>/end/<slug:code>/<int:fact_id>/", registered.end, name="end"),
    path("<int:atena_no>/four/", four.compare, name="four"),
    path("changes/", worklists.changes, name="changes"),
    path("changes/<int:task_id>/", worklists.task, name="task"),
    path("pulled/", worklists.pulled_list, name="pulled"),
    path("pulled/<int:pulled_id>/", worklists.pulled_document, name="pulled_document"),
    path("protections/", worklists.protections, name="protections"),
    path("protections/openings/", worklists.openings, name="openings"),
]
