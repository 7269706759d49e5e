"""Screens of the assessment desk."""
