"""Every write of the assessment desk."""
