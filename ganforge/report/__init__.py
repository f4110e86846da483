"""Reports: pages that need nothing but themselves, and the pictures and facts that they show."""
