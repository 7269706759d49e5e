"""Every read of the assessment desk, default-deny."""
