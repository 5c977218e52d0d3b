"""Everything that people work with: the command line, reports, pages, worked cases, lint, and the built-in adapters.

What is true here: nothing in this room changes what a rule means or what an answer is. The tools ask the library the
same questions as any host would, and turn the answers into files, pages, tables and exit codes. Only here are typer
and rich imported.

What it may import: every other room but ``testing``. No room imports the tools, with one exception: the plugin
manager begins with ``tools.builtin``, through which the library registers its own adapters, rulebooks, reports and
commands by the same hooks as a plugin.

Where to begin: ``cli.index`` lists the commands; ``reports.report`` lists the report formats; ``lint.run`` lists
the checks of a rulebook; ``pages.page`` is what a rulebook page consists of.
"""
