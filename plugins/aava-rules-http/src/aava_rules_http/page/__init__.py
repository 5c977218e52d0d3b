"""The page at ``/``: a form for a record, and beside it the answer, why, what to ask next, and the client path.

What is true here: the page is three files and a sheet of texts. The HTML is written by the server in the language that
is asked for; the script fills in what `/v1` answers, as any other caller gets it; nothing is loaded from another host,
and nothing of a record is kept anywhere, in the browser or here. Begin with ``pages``.
"""
