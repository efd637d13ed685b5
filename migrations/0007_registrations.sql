-- Where phones can be reached, so that they can be called right after a restart.

CREATE TABLE registrations (
    -- The address of record, and the contact as a URI.
    aor TEXT NOT NULL,
    contact TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- What the runtime needs to reach the contact again.
    document TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (aor, contact)
);
CREATE INDEX registrations_by_account ON registrations (account_id);
CREATE INDEX registrations_by_end ON registrations (expires_at);
