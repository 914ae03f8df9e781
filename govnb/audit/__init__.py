"""Published reports → the same tables and sections as our own, for the same checks."""
