"""The words of the command `kokuho` that work with the database."""
