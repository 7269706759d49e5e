"""Screens of the eligibility desk."""
