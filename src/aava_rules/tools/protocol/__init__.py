"""Questions of other programs, as JSON: what is asked, what is answered, and lines of both.

What is true here: a request is a JSON object that says all that is asked, its own day, rulebook and language among
it; an answer is a JSON object that has either what was asked for or an ``error``. Nothing is kept from one request to
the next. An error has places, what is wrong and what to do, and never contents of a record.

``request`` reads a request, ``errors`` puts what went wrong into words for programs, ``answer`` answers one request,
``lines`` answers one after another on two streams, ``schema`` has the JSON Schema of both. The command ``serve`` and
services over a network are thin layers above.
"""
