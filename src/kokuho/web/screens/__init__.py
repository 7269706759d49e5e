"""Screens that bring several desks together, and those of the house itself."""
