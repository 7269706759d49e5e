"""当初賦課: the annual levy, from a snapshot of the facts to decisions."""
