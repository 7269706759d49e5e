"""Every write of the people desk."""
