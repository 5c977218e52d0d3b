"""What all HTML pages of the library share: the frame of a page, its style, and its pieces.

What is true here: a page is one file that loads nothing and runs nothing, reads well aloud, on a phone and on paper,
and in which all text of others is escaped. Whoever adds a page writes `document.opening`, its sections, and
`document.CLOSING`; counts, contents, tables and links are made here, so that all pages look alike and are tested
together (`tests/pages`). What it may import: the texts of ``decision``. Begin with ``document``.
"""
