-- Switches that people turn by phone, and words that calls leave in their records.

CREATE TABLE live_values (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- Which switch, for example do-not-disturb/user/<id>.
    live_key TEXT NOT NULL,
    -- Where it stands, as JSON.
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, live_key)
);

-- Names and values set by a callflow (custom application variables), as a JSON object.
ALTER TABLE calls ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
