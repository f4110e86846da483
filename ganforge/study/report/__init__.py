"""The report of a study: its page, written from what its folder and the runs beside it hold."""
