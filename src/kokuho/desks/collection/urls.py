"""Addresses of the collection desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.collection.screens import postings

app_name = "collection"
urlpatterns = [path("postings/", postings.listing, name="postings")]
