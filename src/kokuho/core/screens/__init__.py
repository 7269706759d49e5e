"""What every screen is built from: the declaration of its right, lists, forms."""
