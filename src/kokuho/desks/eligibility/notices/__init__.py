"""届出: what a clerk enters for a reason, what it becomes, and everything that follows from it, shown before it is entered."""
