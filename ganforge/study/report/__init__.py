"""The report of a study: its page, written from the study's folder and the runs beside it."""
