"""Extracts: the only way by which data leaves the database as a file, and only as an approved, single job (EXPORT-01 … -05)."""
