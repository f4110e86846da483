"""The quantities of a method: what a recipe's losses and metrics ask for, planned as a graph and computed on demand."""
