"""Addresses of the doors."""

from __future__ import annotations

from django.urls import path

from kokuho.exchange.screens import (
    addressees,
    applications,
    federation,
    held,
    inbox,
    outbox,
    registry,
    replacements,
    work,
)

app_name = "exchange"
urlpatterns = [
    path("files/", inbox.listing, name="inbox"),
    path("files/<int:file_id>/", inbox.detail, name="file"),
    path("receive/", inbox.receive, name="receive"),
    path("applications/", applications.listing, name="applications"),
    path("applications/<int:application_id>/", applications.detail, name="application"),
    path("applications/<int:application_id>/<int:part>/<int:number>/", applications.picture, name="application_picture"),
    path("addressees/", addressees.overview, name="addressees"),
    path("addressees/requests/", addressees.request_outside, name="outside_requests"),
    path("federation/", federation.overview, name="federation"),
    path("federation/handover/", federation.hand_over, name="hand_over"),
    path("federation/<int:file_id>/confirm/", federation.confirm, name="confirm_answers"),
    path("outbox/", outbox.listing, name="outbox"),
    path("outbox/release/", outbox.release_many, name="release_many"),
    path("outbox/<int:file_id>/", outbox.detail, name="outbox_file"),
    path("outbox/<int:file_id>/passphrase/", outbox.passphrase, name="passphrase"),
    path("outbox/characters/", replacements.replacements, name="replacements"),
    path("provisions/", outbox.provisions, name="provisions"),
    path("registry/", registry.listing, name="registry"),
    path("registry/systems/new/", registry.new_system, name="new_system"),
    path("registry/rules/new/", registry.new_rule, name="new_rule"),
    path("registry/rules/<int:rule_id>/", registry.rule, name="rule"),
    path("work/", work.listing, name="work"),
    path("work/<int:item_id>/", work.item, name="work_item"),
    path("work/<int:item_id>/held/", held.held, name="held"),
]
