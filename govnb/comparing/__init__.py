"""Two reports side by side: what changed in the tables, and what the text added, dropped and merely carried over."""
