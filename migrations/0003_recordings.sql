-- Recordings of calls, as steps of callflows make them.

CREATE TABLE recordings (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The call it is of. The record of a call may be stored later, or be gone before its recording.
    call_id TEXT NOT NULL,
    -- 1: both sides of the call, in stereo; 0: the caller alone.
    whole_call BIGINT NOT NULL,
    caller_number TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    callee_number TEXT NOT NULL,
    label TEXT NOT NULL,
    label_folded TEXT NOT NULL,
    duration_ms BIGINT NOT NULL,
    -- Path below the data directory.
    file TEXT NOT NULL,
    started_at BIGINT NOT NULL
);
CREATE INDEX recordings_by_time ON recordings (account_id, started_at, id);
CREATE INDEX recordings_by_call ON recordings (account_id, call_id, started_at, id);
