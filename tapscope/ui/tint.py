"""The tints of rows: a role word of the dissector's to a component class, in colors of the theme only.

The roles are those of Wireshark's color rules; a tint repeats what the row says in words.
"""

from tapscope.dissect.summary import Tint

EVICTED = "evicted"
"""The list's own role, beside the dissector's: a row whose frame is gone."""

_HUES = {
    Tint.TCP: "primary",
    Tint.UDP: "accent",
    Tint.ICMP: "secondary",
    Tint.HTTP: "success",
    Tint.ERROR: "error",
    Tint.WARNING: "warning",
}
_PLAIN = {
    Tint.HANDSHAKE: "color: $text-primary; background: $panel;",
    Tint.ROUTING: "color: $text-warning;",
    Tint.ARP: "color: $foreground; background: $surface;",
    Tint.BROADCAST: "color: $text-muted;",
    EVICTED: "color: $text-muted; text-style: italic;",
}
TINTS = (*_HUES, *_PLAIN)
"""The role words that have a tint."""


def component_of(role: str) -> str:
    """The component class of a role; the widget's own style (``""``) for one that has no tint."""
    return f"frames--{role}" if role in TINTS else ""


def tint_css(widget: str) -> str:
    """The rules for a widget of this CSS type. A terminal's own colors have no dark shade: text only is tinted."""
    rules = [f"{widget} > .frames--{role} {{ {style} }}" for role, style in _PLAIN.items()]
    for role, hue in _HUES.items():
        rules.append(f"{widget} > .frames--{role} {{ color: $text-{hue}; background: ${hue}-muted; }}")
        rules.append(f"{widget}:ansi > .frames--{role} {{ background: ansi_default; }}")
    rules.append(f"{widget} > .frames--error, {widget} > .frames--warning {{ text-style: bold; }}")
    return "\n".join(rules)
