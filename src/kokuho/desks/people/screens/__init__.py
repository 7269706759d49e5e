"""Screens of the people desk."""
