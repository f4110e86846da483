"""What is said of an import that fails: the reason in one line, and what to do."""

from __future__ import annotations

from ganforge.errors import GanforgeError, PluginError


def reason(error: BaseException) -> str:
    """What an error says, in one line."""
    try:
        text = " ".join(str(error.message if isinstance(error, GanforgeError) else error).split())
    except Exception:  # an error that cannot even be printed
        text = ""
    text = "".join(character for character in text if character.isprintable())  # a terminal obeys the others
    if isinstance(error, PluginError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def remedy(error: BaseException, module: str, distribution: str) -> str:
    """What a user can do.

    Args:
        error: what importing raised.
        module: what was imported.
        distribution: what it belongs to.
    """
    missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
    package = str(missing).partition(".")[0]
    if missing and package == "ganforge":
        return f"upgrade ganforge and {distribution}: their versions do not go together"
    if isinstance(error, ModuleNotFoundError) and missing and package != module.partition(".")[0]:
        return f"install the package of the module {missing!r}, which {distribution} needs"
    return f"reinstall {distribution}, or report this to its author"
