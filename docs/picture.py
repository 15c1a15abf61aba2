"""Draws what a terminal shows: the picture in the README.

    CLICOLOR_FORCE=1 cargo run | grep -v "gdb\\|read next" |
        python3 docs/picture.py > docs/four-eggs.svg
"""
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

ADVANCE, LINE, LEFT, TOP = 8.4, 18, 16, 30
STYLE = """<style>
text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;
fill:#24292f;white-space:pre}
rect{fill:#f6f8fa;stroke:#d0d7de}
.b{font-weight:bold}.d{fill:#57606a}.m{fill:#8250df}.c{fill:#0a6a8a}
.g{fill:#1a7f37}.r{fill:#cf222e}.y{fill:#9a6700}.u{fill:#0969da}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}
rect{fill:#0d1117;stroke:#30363d}.d{fill:#8b949e}.m{fill:#d2a8ff}
.c{fill:#56d4dd}.g{fill:#3fb950}.r{fill:#ff7b72}.y{fill:#d29922}
.u{fill:#58a6ff}}
</style>"""
CLASSES = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "34": "u",
           "35": "m", "36": "c"}


def columns(text):
    wide = sum(unicodedata.east_asian_width(it) in "WF" for it in text)
    return len(text) + wide


def pieces(line):
    """The line as (classes, text), by its escape codes."""
    classes = set()
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            for code in part[2:-1].split(";"):
                if code in ("", "0"):
                    classes = set()
                elif code in CLASSES:
                    classes = classes | {CLASSES[code]}
        elif part:
            yield " ".join(sorted(classes)), part


def words(text):
    """Its words, each with the column where it begins."""
    for match in re.finditer(r"\S+(?: \S+)*", text):
        yield columns(text[:match.start()]), match.group()


def draw(lines):
    for row, line in enumerate(lines):
        column, y = 0, TOP + row * LINE
        for classes, text in pieces(line):
            for begin, word in words(text):
                x = LEFT + (column + begin) * ADVANCE
                length = columns(word) * ADVANCE
                kind = f' class="{classes}"' if classes else ""
                yield (f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}"'
                       f' lengthAdjust="spacingAndGlyphs"{kind}>'
                       f"{escape(word)}</text>")
            column += columns(text)


def main():
    lines = sys.stdin.read().strip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    width = int(2 * LEFT + max(map(columns, plain)) * ADVANCE)
    height = TOP + len(lines) * LINE
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}"'
          f' height="{height}" viewBox="0 0 {width} {height}" role="img"'
          f' aria-label="Four eggs fried at once: the output of cargo run">')
    print(STYLE)
    print(f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}"'
          f' rx="8"/>')
    print("\n".join(draw(lines)))
    print("</svg>")


main()
