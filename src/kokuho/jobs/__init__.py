"""Work that joins several desks, as the batch catalogue offers it: run by a command or by a worker of the queue."""
