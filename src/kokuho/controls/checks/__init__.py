"""The checks, one module a group. A function here does one thing to the product and writes down what it saw."""
