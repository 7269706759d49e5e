"""Groundwork that all desks stand on: database, clock, staff and rights, audit, approvals, batch runs."""
