"""Training: assemble the objects of a run, perform steps, and what happens between steps."""
