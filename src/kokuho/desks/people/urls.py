"""Addresses of the people desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.people.screens import opening, registered

app_name = "people"
urlpatterns = [
    path("protected/", opening.answer, name="protected"),
    path("<int:atena_no>/registered/", registered.registered, name="registered"),
    path("<int:atena_no>/register/<slug:code>/", registered.register, name="register"),
    path("<int:atena_no>/end/<slug:code>/<int:fact_id>/", registered.end, name="end"),
]
