-- How many calls an account may have, as its reseller says; nothing sets no limit.
ALTER TABLE accounts ADD COLUMN max_calls BIGINT;
ALTER TABLE accounts ADD COLUMN max_outside_calls BIGINT;
ALTER TABLE accounts ADD COLUMN max_calls_per_minute BIGINT;
