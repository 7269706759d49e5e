"""A synthetic town: invented people, real postal codes and place names, written as the neighbours' files.

Start at `build.build`; `household.make_household` makes one household, `stories` what happens to it in the year. The
town is the outside world: it knows the wire layouts (`kokuho.formats`) and the law (`kokuho.law`), never a table of the
product.
"""
