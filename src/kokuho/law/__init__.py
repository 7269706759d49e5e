"""The statutes as pure functions: no database, no clock, no web. Money is `int` yen, rates are `Fraction`."""
