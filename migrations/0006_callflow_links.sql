-- What the checks of one callflow ask of the others: the patterns they answer, and where they lead without the caller.
-- Both are JSON lists of texts, written with the draft. Drafts from before have them after their next saving.

ALTER TABLE callflows ADD COLUMN patterns TEXT NOT NULL DEFAULT '[]';
ALTER TABLE callflows ADD COLUMN leads_to TEXT NOT NULL DEFAULT '[]';
