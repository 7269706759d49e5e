"""Addresses of identification and rights: security parameters."""

from __future__ import annotations

from django.urls import path

from kokuho.web.screens import parameters

urlpatterns = [
    path("parameters/", parameters.listing, name="parameters"),
    path("parameters/changes/", parameters.changes, name="parameter_changes"),
    path("parameters/profile/", parameters.profile, name="parameter_profile"),
    path("parameters/restore/", parameters.restore, name="parameter_restore"),
    path("parameters/<str:key>/", parameters.change, name="parameter_change"),
]
