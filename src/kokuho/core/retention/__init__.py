"""Retention and erasure (保管期間・消去): how long each kind of record is kept, and how it is given up with evidence.

`periods` is the arithmetic, `rules` reads the kinds of record and the municipality's plan, `eraser` is the database's side
(the only thing that can delete issued acts), `orders` is what staff do, `again` keeps erasures erased after a restore.
"""
