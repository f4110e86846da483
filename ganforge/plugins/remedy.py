"""What to do about an import that fails."""

from __future__ import annotations


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
