"""国保情報集約システム: what is reported to it, and what it answers."""
