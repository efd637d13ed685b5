-- Faxes, those that failed too.

CREATE TABLE faxes (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The call it came on. The record of a call may be stored later, or be gone before its fax.
    call_id TEXT NOT NULL,
    -- 'inbound' or 'outbound'.
    direction TEXT NOT NULL,
    -- The fax box and the user it is for; empty when there is none. They may have been deleted since.
    box_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    caller_number TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    callee_number TEXT NOT NULL,
    -- What the other machine says it is.
    station_id TEXT NOT NULL,
    pages BIGINT NOT NULL,
    bit_rate BIGINT NOT NULL,
    -- 1: with error correction.
    corrected BIGINT NOT NULL,
    -- What went wrong; empty when nothing did.
    error TEXT NOT NULL,
    -- Path below the data directory; empty when no page came.
    file TEXT NOT NULL,
    started_at BIGINT NOT NULL
);
CREATE INDEX faxes_by_time ON faxes (account_id, started_at, id);
CREATE INDEX faxes_by_box ON faxes (account_id, box_id, started_at, id);
