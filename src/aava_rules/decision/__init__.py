"""From a record to a decision: what hosts ask, and how an answer is explained.

Above the engines, below tools. `service` is the door: `load` gives a `Rulebook`, whose `decide` reads a record and
makes a `Decision` (`decision`), a lazy view: nothing is worked out before it is looked at. `answers` has what it is
looked at through: outcomes, findings and next steps. Everything that tells more of an answer takes the
`DecisionContext` (`context`: the record, the day, what was asked of which rulebook) and never the decision, so that
imports go one way:

    items <- context <- essential, provenance <- missing <- reasons <- grounds <- answers, explain, cautions
    answers <- conclusions <- decision

Classes that hosts hold have hosts' names alone, for editors complete from their bodies and bases. What the rest of the
library needs of them it asks of functions: `inside` of a decision, `state_of` of an answer, `parts_of` and `book_of` of
a rulebook. `tests/typing/test_completions.py` has the names of every class.

`missing` lists what to ask next, `reasons` says why an answer is unknown, `grounds` which rules decided and what they
cite, `explain` why, `notices` and `cautions` what does not fit together and what is not verified. `client_path` and
`path_graph` place the client on the path of steps, `table` puts the answers of a register into data frames, `plugins`
calls the hooks, and `text` has all words. Only `plugins` reaches into tools: the built-in plugin gives what tools have.
"""
