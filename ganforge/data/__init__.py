"""Image data: datasets decoded once, batches drawn by step, transforms and their inverse."""
