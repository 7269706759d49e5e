"""Screens of the collection desk."""
