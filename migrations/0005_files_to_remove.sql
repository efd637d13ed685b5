-- Files that a deletion left without owner. They are removed after its commit, at the latest when the program starts next.

CREATE TABLE files_to_remove (
    -- File or directory below the data directory.
    path TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);
