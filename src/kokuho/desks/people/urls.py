"""Addresses of the people desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.people.screens import opening

app_name = "people"
urlpatterns = [path("protected/", opening.answer, name="protected")]
