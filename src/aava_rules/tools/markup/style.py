"""The look of all HTML pages. Each text colour has a contrast of at least 7:1 on its ground."""

from __future__ import annotations

from typing import Final

STATE_COLOURS: Final = {
    "done": ("#e3f2e6", "#0b3d1c"),
    "next": ("#dce9ff", "#00296b"),
    "open": ("#f2f2f2", "#3d3d3d"),
    "unknown": ("#fff3d1", "#4d3300"),
}
"""The ground and the text of each state of a step. The state is also written out, never shown by colour alone."""

MARKS: Final = {"done": "✓", "next": "→", "open": "·", "unknown": "?"}
"""A mark for each state of a step, next to the word and never instead of it."""

_STATES = "\n".join(
    f".{state} {{ background: {ground}; color: {text}; }}" for state, (ground, text) in STATE_COLOURS.items()
)

STYLE: Final = (
    """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 1rem/1.55 system-ui, sans-serif; color: #1a1a1a; background: #ffffff; }
body { margin: 0 auto; max-width: 62rem; padding: 0 1rem 3rem; overflow-wrap: break-word; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 0.5rem; }
h1 { font-size: clamp(1.25rem, 6vw, 1.75rem); hyphens: auto; }
h2 { font-size: 1.4rem; border-bottom: 2px solid #003d99; padding-bottom: 0.25rem; }
h3 { font-size: 1.15rem; }
h4, .items h3 { font-size: 1rem; }
a { color: #003d99; background: #ffffff; }
a:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 3px solid #003d99; outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; display: inline-block; padding: 0.5rem; }
.muted { color: #4a4a4a; background: #ffffff; }
.id { font-size: 0.85em; font-weight: normal; }
ul, ol { padding-left: 1.4rem; margin: 0.25rem 0; }
dl { margin: 0.5rem 0; }
dl > div { padding: 0.35rem 0; border-top: 1px solid #d0d0d0; }
dt { font-weight: bold; hyphens: auto; }
dd { margin: 0; }
dd > ul { padding-left: 1.1rem; }
.counts { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0.75rem 0; }
.counts > li { border: 1px solid #767676; border-radius: 0.4rem; padding: 0.4rem 0.8rem; }
.counts strong { font-size: 1.4rem; margin-right: 0.2rem; }
.note { display: block; font-size: 0.9rem; }
.items { list-style: none; padding: 0; }
.items > li { border: 1px solid #767676; border-left: 0.5rem solid #767676; border-radius: 0.3rem; }
.items > li { padding: 0.5rem 0.8rem; margin: 0 0 0.75rem; break-inside: avoid; }
.items > li.broken { border-left-color: #8b0000; }
.items > li.unknown { border-left-color: #5c3d00; color: #1a1a1a; background: #ffffff; }
.items h3, .items h4, .items p { margin: 0.1rem 0; }
.now > li { margin-bottom: 0.6rem; }
.client { border-top: 3px solid #003d99; margin-top: 2.5rem; }
.client > h2 { margin-top: 0.75rem; border-bottom: 0; }
.tree, .tree ul { list-style: none; padding-left: 0; margin: 0; }
.tree ul { margin-left: 0.5rem; padding-left: 0.8rem; border-left: 2px solid #767676; }
.tree li { padding: 0.2rem 0; }
.tree cite { font-style: normal; font-size: 0.9rem; display: block; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1rem; }
caption { text-align: left; padding: 0.25rem 0; font-weight: bold; }
th, td { border: 1px solid #767676; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; }
th { color: #1a1a1a; background: #f2f2f2; }
tbody th { font-weight: normal; }
summary { cursor: pointer; padding: 0.35rem 0; font-weight: bold; }
pre { overflow-x: auto; }
.path { list-style: none; padding: 0; margin-top: 1.5rem; max-width: 40rem; }
.path > li { border: 2px solid #767676; border-radius: 0.5rem; padding: 0.6rem 0.8rem; }
.path > li { margin: 0 0 1.6rem; position: relative; }
.path > li:not(:last-child)::after { content: ""; position: absolute; left: 1.6rem; bottom: -1.5rem; height: 1.3rem; }
.path > li:not(:last-child)::after { border-left: 3px solid #767676; }
.path > li.next { border: 4px solid #00296b; }
.path h3 { margin: 0; }
.path p, .path ul { margin: 0.2rem 0; }
.path a, .path .muted { color: inherit; background: inherit; }
.state { font-weight: bold; }
"""
    + _STATES
    + """
.counts > .broken { color: #8b0000; background: #ffffff; border-color: #8b0000; }
.counts > .unknown { color: #5c3d00; background: #ffffff; border-color: #5c3d00; }
.counts > .met { color: #004d1a; background: #ffffff; border-color: #004d1a; }
@media (max-width: 30rem) {
  body { padding: 0 0.75rem 2rem; }
  th, td { padding: 0.25rem; font-size: 0.9rem; }
  ul, ol { padding-left: 1rem; }
  li ul, li ol { padding-left: 0.6rem; }
  dd { hyphens: auto; font-size: 0.95rem; }
  .tree ul { margin-left: 0.2rem; padding-left: 0.5rem; }
}
@media (max-width: 22rem) {
  dd, caption { font-size: 0.85rem; }
  h3 { font-size: 1rem; hyphens: auto; }
  dd > ul { padding-left: 0.8rem; }
}
@media (min-width: 48rem) {
  dl > div { display: grid; grid-template-columns: 15rem 1fr; gap: 1rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip { display: none; }
  article, li, tr { break-inside: avoid; }
  .client { break-before: auto; }
  .counts > li, .items > li { border-color: #000000; }
  h2, h3, h4, caption { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .path > li { border-color: #000000; }
}
"""
).strip()
"""The whole style sheet: nothing is loaded from anywhere."""
