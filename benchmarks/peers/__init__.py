"""The target group of work rehabilitation on 5 May 2014, written by hand for each peer; one module a peer.

Every class here is used alike. ``ready`` turns the facts of one client, a dict, into what a host has at
hand before it asks, and is not timed; ``one`` decides; ``told`` turns its answer into what is compared.
Classes that take whole tables have ``load`` (a Parquet file into columns in memory), ``made`` (what is made
of them before each question, and not timed), ``many`` (that into answers in memory) and ``listed`` instead.
"""
