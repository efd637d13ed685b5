# What differs in the United States and Canada.

-hash = pound

say-short_date = { say-weekday }, { say-month } { say-day },
