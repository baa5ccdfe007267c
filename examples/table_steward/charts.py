"""A bar for each column, as an SVG image: how much is missing, how much was changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

MOST = 40
ROW, TOP, LEFT, WIDE, RIGHT = 24, 64, 190, 330, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One column: its cells, how many of them are missing, and how many others changed."""

    name: str
    total: int
    missing: int
    changed: int

    @property
    def share(self) -> float:
        """The share of cells that either part takes."""
        return (self.missing + self.changed) / self.total if self.total else 0.0


def chart(bars: Sequence[Bar], *, title: str) -> str:
    """Draw the chart. It runs nothing, loads nothing, and is legible on light and on dark.

    The attributes alone are mid-tones that stand out on both; the style sheet, where a
    viewer honours it, does better (`prefers-color-scheme`).
    """
    shown = bars[:MOST]
    full = _scale(max((bar.share for bar in shown), default=0.0))
    height = TOP + ROW * len(shown) + 16
    width = LEFT + WIDE + RIGHT
    missing, changed = sum(bar.missing for bar in bars), sum(bar.changed for bar in bars)
    told = f"{missing} missing and {changed} changed cells in {len(bars)} columns"
    more = f" · first {MOST} of {len(bars)} columns" if len(bars) > MOST else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img" aria-labelledby="t d"'
        ' font-family="system-ui, sans-serif" font-size="12">'
    )
    lines = [
        head,
        f'<title id="t">{_text(title)}</title><desc id="d">{told}</desc>',
        _STYLE,
        _label("ink", x=0, y=16, text=title, more=' font-size="14" font-weight="600"'),
        _legend(full, more),
    ]
    for at, bar in enumerate(shown):
        lines.extend(_bar(bar, y=TOP + ROW * at, full=full))
    return "\n".join([*lines, "</svg>\n"])


_STYLE = (
    "<style>.ink{fill:#3d3d3d}.soft{fill:#6b6b6b}.track{fill:#ececec;fill-opacity:1}.gap{fill:#c2571a}"
    ".now{fill:#2a6fb0}@media (prefers-color-scheme:dark){.ink{fill:#e6e6e6}.soft{fill:#a3a3a3}"
    ".track{fill:#2c2f34}.gap{fill:#e58a4e}.now{fill:#6cadea}}</style>"
)


def _scale(share: float) -> float:
    """Return the share that a full bar stands for."""
    return next((step for step in (0.01, 0.05, 0.1, 0.25, 0.5) if share <= step), 1.0)


def _legend(full: float, more: str) -> str:
    return (
        f'<rect class="gap" x="{LEFT}" y="33" width="10" height="10" fill="#c96a2e"/>'
        f'<text class="soft" x="{LEFT + 16}" y="42" fill="#767676">missing</text>'
        f'<rect class="now" x="{LEFT + 84}" y="33" width="10" height="10" fill="#3b82c4"/>'
        f'<text class="soft" x="{LEFT + 100}" y="42" fill="#767676">changed</text>'
        f'<text class="soft" x="{LEFT + 172}" y="42" fill="#767676">'
        f"a full bar is {full:.0%} of the cells{more}</text>"
    )


def _bar(bar: Bar, *, y: int, full: float) -> list[str]:
    total = max(1, bar.total)
    gap = WIDE * bar.missing / total / full
    now = WIDE * bar.changed / total / full
    name = bar.name if len(bar.name) <= 26 else bar.name[:25] + "…"
    parts = [
        f"{count} {what}"
        for count, what in ((bar.missing, "missing"), (bar.changed, "changed"))
        if count
    ]
    said = " · ".join(parts) or "nothing"
    return [
        _label("ink", x=LEFT - 10, y=y + 14, text=name, more=' text-anchor="end"'),
        _part("track", x=LEFT, y=y, width=WIDE, fill='#808080" fill-opacity="0.2'),
        _part("gap", x=LEFT, y=y, width=gap, fill="#c96a2e"),
        _part("now", x=LEFT + gap, y=y, width=now, fill="#3b82c4"),
        _label("soft", x=LEFT + WIDE + 10, y=y + 14, text=said),
    ]


def _label(look: str, *, x: float, y: float, text: str, more: str = "") -> str:
    return f'<text class="{look}" x="{x}" y="{y}" fill="#767676"{more}>{_text(text)}</text>'


def _part(look: str, *, x: float, y: float, width: float, fill: str) -> str:
    where = f'x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="14"'
    return f'<rect class="{look}" {where} fill="{fill}"/>'


def _text(text: str) -> str:
    """Escape text for XML 1.0, which has no place at all for control characters."""
    return escape("".join(mark if mark.isprintable() else "\ufffd" for mark in text))
