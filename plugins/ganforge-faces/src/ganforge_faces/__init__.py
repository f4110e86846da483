"""Photographs of faces and emoji: the second application of the Domain Transfer Network."""
