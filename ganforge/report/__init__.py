"""What is left to look at: grids of pictures and curves."""
