"""The themes of tapscope, beside Textual's own. The only place where colors stand as numbers.

The hues are those that Wireshark's users know: TCP lavender, UDP sky, ICMP pink, HTTP green. Their ``-muted``
shades lie behind whole rows, so they stay close to the background.
"""

import os
from dataclasses import replace

from textual.app import App
from textual.theme import Theme

DARK = Theme(
    name="tapscope",
    primary="#8b9dff",
    secondary="#e08be0",
    accent="#5ec4f0",
    success="#8fd07a",
    warning="#f0b54a",
    error="#f2706e",
    foreground="#d5dae6",
    background="#11151d",
    surface="#161b25",
    panel="#1f2633",
    dark=True,
    variables={
        "boost": "#252e40",
        "primary-muted": "#1b2138",
        "secondary-muted": "#2a1f33",
        "accent-muted": "#152735",
        "success-muted": "#1a2b21",
        "warning-muted": "#352a17",
        "error-muted": "#3a1d22",
        "text-primary": "#a9b6ff",
        "text-secondary": "#e6a5e6",
        "text-accent": "#86d2f5",
        "text-success": "#a4db91",
        "text-warning": "#f4c574",
        "text-error": "#f78f8d",
        "block-cursor-background": "#3d4f8f",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#2a3557",
        "border": "#8b9dff",
        "scrollbar": "#3a4560",
        "scrollbar-hover": "#56658c",
        "scrollbar-active": "#8b9dff",
        "scrollbar-background": "#161b25",
        "scrollbar-background-hover": "#1f2633",
        "scrollbar-background-active": "#1f2633",
        "footer-key-foreground": "#86d2f5",
    },
)

LIGHT = Theme(
    name="tapscope-light",
    primary="#4a56c8",
    secondary="#a03fa0",
    accent="#1b78a8",
    success="#3c7f2c",
    warning="#9a6500",
    error="#b8312f",
    foreground="#1d2430",
    background="#f7f8fb",
    surface="#ffffff",
    panel="#e6e9f0",
    dark=False,
    variables={
        "boost": "#dfe4ee",
        "primary-muted": "#e7e6ff",
        "secondary-muted": "#fce6ff",
        "accent-muted": "#deeffb",
        "success-muted": "#e4f6d2",
        "warning-muted": "#fff1cc",
        "error-muted": "#fbdcdb",
        "text-primary": "#37429f",
        "text-secondary": "#802f80",
        "text-accent": "#155f86",
        "text-success": "#2e6421",
        "text-warning": "#7c5100",
        "text-error": "#9c2422",
        "block-cursor-background": "#4a56c8",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#c9cff0",
        "scrollbar": "#b9c1d3",
        "scrollbar-hover": "#97a2bb",
        "scrollbar-active": "#4a56c8",
        "scrollbar-background": "#eef0f5",
        "scrollbar-background-hover": "#e6e9f0",
        "scrollbar-background-active": "#e6e9f0",
        "footer-key-foreground": "#155f86",
    },
)

DARK_256 = replace(
    DARK,
    name="tapscope-256",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    variables={
        **DARK.variables,
        **{f"{role}-muted": "#1c1c1c" for role in ("primary", "secondary", "accent", "success", "warning", "error")},
        "boost": "#303030",
        "block-cursor-background": "#5f5faf",
        "block-cursor-blurred-background": "#3a3a3a",
        "scrollbar": "#444444",
        "scrollbar-hover": "#585858",
        "scrollbar-background": "#1c1c1c",
        "scrollbar-background-hover": "#262626",
        "scrollbar-background-active": "#262626",
    },
)
"""For 256 colors, as they are after sudo and over ssh: the only dark shades are grays, so only texts are tinted."""


def dress(app: App[None]) -> None:
    """Give the app these themes, and put on the one that ``TEXTUAL_THEME`` names, if there is such a one; else ours."""
    for theme in (DARK, LIGHT, DARK_256):
        app.register_theme(theme)
    wanted = os.environ.get("TEXTUAL_THEME", "")
    # Textual put that name there before it knew ours: the same again would change nothing.
    app.set_reactive(App.theme, "")
    app.theme = wanted if wanted in app.available_themes else DARK.name
