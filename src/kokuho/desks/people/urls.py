"""Addresses of the people desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.people.screens import (
    characters,
    four,
    inquiries,
    joining,
    masters,
    notes,
    numbers,
    opening,
    outside,
    registered,
    wards,
    worklists,
)

app_name = "people"
urlpatterns = [
    path("protected/", opening.answer, name="protected"),
    path("<int:atena_no>/registered/", registered.registered, name="registered"),
    path("<int:atena_no>/register/<slug:code>/", registered.register, name="register"),
    path("<int:atena_no>/end/<slug:code>/<int:fact_id>/", registered.end, name="end"),
    path("<int:atena_no>/four/", four.compare, name="four"),
    path("<int:atena_no>/number/", numbers.enter, name="number"),
    path("numbers/entries/<int:entry_id>/", numbers.entry, name="number_entry"),
    path("numbers/doubts/<int:doubt_id>/", numbers.doubt, name="number_doubt"),
    path("inquiries/", inquiries.listing, name="inquiries"),
    path("inquiries/<int:inquiry_id>/", inquiries.detail, name="inquiry"),
    path("<int:atena_no>/inquiries/new/", inquiries.new, name="inquiry_start"),
    path("<int:atena_no>/inquiries/new/<slug:kind>/", inquiries.new, name="inquiry_new"),
    path("outside/new/", outside.new_person, name="outside_new"),
    path("<int:atena_no>/outside/", outside.change_person, name="outside_change"),
    path("<int:atena_no>/authenticity/", outside.authenticity, name="authenticity"),
    path("corporations/", outside.corporations, name="corporations"),
    path("corporations/new/", outside.new_corporation, name="corporation_new"),
    path("corporations/<int:atena_no>/", outside.corporation, name="corporation"),
    path("joins/", joining.candidates, name="joins"),
    path("joins/count/", joining.count, name="joins_count"),
    path("joins/new/", joining.join, name="join"),
    path("<int:atena_no>/separate/", joining.separate, name="separate"),
    path("masters/", masters.overview, name="masters"),
    path("masters/seals/images/", masters.seal_images, name="seal_images"),
    path("masters/seals/images/<int:image_id>/", masters.seal_image, name="seal_image"),
    path("masters/characters/", characters.characters, name="characters"),
    path("masters/<slug:slug>/", masters.listing, name="master"),
    path("masters/<slug:slug>/new/", masters.enter, name="master_new"),
    path("households/<int:household_no>/memos/", notes.memos, name="household_memos"),
    path("household-memos/<int:memo_id>/", notes.end_memo, name="household_memo_end"),
    path("ward-moves/", wards.moves, name="ward_moves"),
    path("stops/", notes.stops, name="stops"),
    path("provision-refusals/", notes.refusals, name="provision_refusals"),
    path("changes/", worklists.changes, name="changes"),
    path("changes/<int:task_id>/", worklists.task, name="task"),
    path("pulled/", worklists.pulled_list, name="pulled"),
    path("pulled/<int:pulled_id>/", worklists.pulled_document, name="pulled_document"),
    path("protections/", worklists.protections, name="protections"),
    path("protections/openings/", worklists.openings, name="openings"),
]
