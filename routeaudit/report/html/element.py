"""HTML elements: every text is escaped unless it was made here."""

import html

VOID = frozenset({"br", "hr", "input", "link", "meta"})


class Safe(str):
    """HTML that was made here and needs no escaping."""

    __slots__ = ()


def element(name: str, /, *children: str | None, **attributes: str | float | None) -> Safe:
    """Make an element; text children and attribute values are escaped, None is left out.

    `class_` is class, and `_` in an attribute reads `-` (aria_label is aria-label).
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    opened = f"<{name}{written}>"
    return Safe(opened) if name in VOID else Safe(f"{opened}{joined(*children)}</{name}>")


def joined(*children: str | None) -> Safe:
    """Join parts, escaping those that are plain text."""
    return Safe("".join(_safe(child) for child in children if child is not None))


def _safe(child: str) -> str:
    return child if isinstance(child, Safe) else html.escape(child)
