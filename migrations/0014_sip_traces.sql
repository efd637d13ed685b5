-- The SIP messages of calls, kept for some days: what a call's ladder is drawn from.

CREATE TABLE sip_traces (
    -- The record of the call may be stored later.
    call_id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- JSON, a list in the order of the wire.
    messages TEXT NOT NULL,
    -- Further messages that were not kept.
    left_out BIGINT NOT NULL,
    kept_at BIGINT NOT NULL
);
CREATE INDEX sip_traces_by_account ON sip_traces (account_id);
CREATE INDEX sip_traces_by_time ON sip_traces (kept_at);
