"""Every write of the groundwork."""
