"""Addresses of the doors."""

from __future__ import annotations

from django.urls import path

from kokuho.exchange.screens import inbox, work

app_name = "exchange"
urlpatterns = [
    path("files/", inbox.listing, name="inbox"),
    path("files/<int:file_id>/", inbox.detail, name="file"),
    path("receive/", inbox.receive, name="receive"),
    path("work/", work.listing, name="work"),
    path("work/<int:item_id>/", work.item, name="work_item"),
]
