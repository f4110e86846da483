"""Images as the core sees them: decoded once, drawn by step, transformed and turned back into pictures."""
