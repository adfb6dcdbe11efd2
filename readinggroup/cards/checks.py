"""What `manage.py check` says of the fonts that cards are set in."""

from __future__ import annotations

from typing import Any

from django.core import checks

from readinggroup.cards import fonts


@checks.register()
def fonts_can_be_read(**_: Any) -> list[checks.CheckMessage]:
    """A card is drawn without a font that is not there; somebody should know before it is."""
    missing = [name for name in fonts.PACKAGED if not fonts.is_whole(name)]
    if not missing:
        return []
    return [
        checks.Warning(
            f"Social cards go without the fonts {', '.join(missing)}, which cannot be read.",
            hint="They come with pymupdf-fonts, and Pillow reads them: install requirements.txt again.",
            id="readinggroup.W001",
        )
    ]
