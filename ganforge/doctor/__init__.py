"""What `ganforge doctor` looks at, each kind of thing in a module of its own; imports no torch."""
