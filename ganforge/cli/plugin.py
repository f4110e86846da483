"""`ganforge plugin`: verbs for those who write plugins."""

from __future__ import annotations

import typer

from ganforge.cli.plugin_check import check
from ganforge.cli.plugin_new import new

app = typer.Typer(help="Write and check plugins.", no_args_is_help=True, rich_markup_mode=None)
app.command("new", epilog="ganforge plugin new ganforge-acme --part loss")(new)
app.command("check", epilog="ganforge plugin check acme --component huber --only gradient")(check)
app.callback()(lambda: None)
