-- Deleted callflows and their versions are kept for 30 days, so that deleting can be undone.
CREATE TABLE deleted_callflows (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    numbers TEXT NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    live_version BIGINT,
    live_revision BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    deleted_by TEXT NOT NULL
);
CREATE INDEX deleted_callflows_by_account ON deleted_callflows (account_id, deleted_at);
CREATE INDEX deleted_callflows_by_time ON deleted_callflows (deleted_at);

CREATE TABLE deleted_publications (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    callflow_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (callflow_id, version)
);
