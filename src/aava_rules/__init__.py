"""Rules of Finnish work rehabilitation, dated and cited, to embed in client-record and benefit systems."""
