"""Addresses of the assessment desk."""

from __future__ import annotations

from django.urls import path

from kokuho.desks.assessment.screens import burden, explanation, levy, ordinance

app_name = "assessment"
urlpatterns = [
    path("levy/", levy.current, name="levy"),
    path("levy/<int:fiscal_year>/", levy.year, name="levy_year"),
    path("runs/<int:run_id>/", levy.run, name="run"),
    path("runs/<int:run_id>/left-out/", levy.left_out, name="left_out"),
    path("runs/<int:run_id>/propose/", levy.propose, name="propose"),
    path("decisions/", levy.issued, name="decisions"),
    path("decisions/<int:decision_id>/explanation/", explanation.issued, name="explanation"),
    path("trials/<int:decision_id>/explanation/", explanation.of_trial, name="trial_explanation"),
    path("ordinance/", ordinance.current, name="ordinance"),
    path("ordinance/<int:fiscal_year>/", ordinance.year, name="ordinance_year"),
    path("burden/", burden.home, name="burden"),
    path("burden/runs/<int:run_id>/", burden.run, name="burden_run"),
    path("burden/runs/<int:run_id>/step/", burden.step, name="burden_step"),
    path("burden/households/<int:household_no>/", burden.household, name="burden_household"),
]
