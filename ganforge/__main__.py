"""`python -m ganforge`."""

from ganforge.cli import main

main()
