"""Notices and certificates on paper: Typst templates, address windows, barcodes, batches of print."""
