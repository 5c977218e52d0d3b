"""Reports of many decisions: table, JSON, JSON Lines, CSV, JUnit and HTML."""
