"""The Domain Transfer Network (Taigman et al., 2016) for ganforge."""
