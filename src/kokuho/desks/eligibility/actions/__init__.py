"""Every write of the eligibility desk."""
