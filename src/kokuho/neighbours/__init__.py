"""Stand-ins for the systems at the other end of the doors. Each is a process of its own and knows the wire formats only."""
