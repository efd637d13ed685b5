-- One schema for SQLite and PostgreSQL: only TEXT and BIGINT, so the same statements run on both.
-- Times are milliseconds since 1970-01-01T00:00:00Z. Truth values are 0 and 1. Identifiers are 32 hexadecimal digits.

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    parent_id TEXT REFERENCES accounts (id),
    -- The identifiers from the root down to this account, each between slashes: a subtree is one prefix.
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    realm TEXT NOT NULL UNIQUE,
    time_zone TEXT NOT NULL,
    language TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    -- Grows with every change a runtime has to know of.
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX accounts_by_parent ON accounts (parent_id);

CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX people_by_account ON people (account_id);

CREATE TABLE tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 0: no idle limit.
    idle_ms BIGINT NOT NULL
);
CREATE INDEX tokens_by_person ON tokens (person_id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE TABLE resources (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    search TEXT NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, id)
);
CREATE INDEX resources_by_name ON resources (account_id, kind, sort_name, id);

-- What digest authentication needs of devices and carriers; the passwords themselves are not kept.
CREATE TABLE sip_credentials (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    username TEXT NOT NULL,
    realm TEXT NOT NULL,
    ha1_md5 TEXT NOT NULL,
    ha1_sha256 TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, resource_id)
);
CREATE UNIQUE INDEX sip_credentials_by_user ON sip_credentials (realm, username);

-- Which document names which identifier: answers "who uses this?".
CREATE TABLE mentions (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    source_kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    PRIMARY KEY (account_id, source_kind, source_id, target_id)
);
CREATE INDEX mentions_by_target ON mentions (account_id, target_id);

CREATE TABLE numbers (
    number TEXT NOT NULL PRIMARY KEY,
    reseller_id TEXT NOT NULL REFERENCES accounts (id),
    account_id TEXT REFERENCES accounts (id),
    display TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX numbers_by_account ON numbers (account_id, number);
CREATE INDEX numbers_by_reseller ON numbers (reseller_id, number);

CREATE TABLE callflows (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    search TEXT NOT NULL,
    -- The draft's numbers as a JSON list and its number of steps: what lists show, without reading the document.
    numbers TEXT NOT NULL,
    steps BIGINT NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    -- The newest publication and the revision it was made from; NULL: never published.
    live_version BIGINT,
    live_revision BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);
CREATE INDEX callflows_by_name ON callflows (account_id, sort_name, id);

-- A number has at most one callflow among the drafts and at most one among the published.
CREATE TABLE callflow_numbers (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    number TEXT NOT NULL,
    callflow_id TEXT NOT NULL REFERENCES callflows (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    PRIMARY KEY (account_id, number, state)
);
CREATE INDEX callflow_numbers_by_callflow ON callflow_numbers (callflow_id);

CREATE TABLE publications (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    callflow_id TEXT NOT NULL REFERENCES callflows (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (callflow_id, version)
);

CREATE TABLE calls (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    sip_call_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    caller_number TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    callee_number TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT,
    hangup_cause TEXT,
    sip_code BIGINT,
    callflow_id TEXT,
    callflow_name TEXT,
    callflow_version BIGINT,
    trace TEXT NOT NULL
);
CREATE INDEX calls_by_time ON calls (account_id, started_at, id);

CREATE TABLE call_legs (
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (call_id, position)
);

CREATE TABLE voicemail_messages (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    box_id TEXT NOT NULL,
    folder TEXT NOT NULL,
    caller_number TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    callee_number TEXT NOT NULL,
    duration_ms BIGINT NOT NULL,
    -- Path below the data directory.
    file TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX voicemail_messages_by_box ON voicemail_messages (account_id, box_id, created_at, id);

CREATE TABLE presence (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    presence_id TEXT NOT NULL,
    state TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, presence_id)
);

-- Answers already given to requests that carried an Idempotency-Key.
CREATE TABLE idempotent_answers (
    scope TEXT NOT NULL,
    request_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (scope, request_key)
);
CREATE INDEX idempotent_answers_by_time ON idempotent_answers (created_at);
