-- Faxes to be sent from fax boxes: jobs that outlive the program.

CREATE TABLE outgoing_faxes (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The fax box it is sent from, which may have been deleted since.
    box_id TEXT NOT NULL,
    number TEXT NOT NULL,
    -- 'queued', 'sending', 'sent', 'failed' or 'cancelled'.
    state TEXT NOT NULL,
    -- Why the last attempt failed; empty when none did.
    reason TEXT NOT NULL,
    -- Path of the pages below the data directory, and how many there are.
    file TEXT NOT NULL,
    pages BIGINT NOT NULL,
    -- Attempts begun, those of them that the end of the program cut off, and how many may follow the first that failed.
    attempts BIGINT NOT NULL,
    interrupted BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    -- When the next attempt is due; while one is on, until when whoever makes it has the job.
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- 0 while it is neither sent nor given up.
    ended_at BIGINT NOT NULL,
    -- Of the last attempt.
    call_id TEXT NOT NULL,
    pages_sent BIGINT NOT NULL,
    station_id TEXT NOT NULL,
    bit_rate BIGINT NOT NULL,
    corrected BIGINT NOT NULL
);
CREATE INDEX outgoing_faxes_by_due ON outgoing_faxes (state, due_at);
CREATE INDEX outgoing_faxes_by_box ON outgoing_faxes (account_id, box_id, created_at, id);
CREATE INDEX outgoing_faxes_by_time ON outgoing_faxes (account_id, created_at, id);
