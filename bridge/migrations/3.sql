-- By what the sessions that are kept are found, beside all that is kept of each: narrow, so that many are looked through at once.
CREATE TABLE listing (
    session INTEGER PRIMARY KEY REFERENCES session (number) ON DELETE CASCADE,
    -- When it was opened, in milliseconds since 1970-01-01T00:00:00Z.
    opened  INTEGER NOT NULL,
    -- What tells apart who opened it; none where it was opened without an account.
    owner   TEXT,
    -- What they are called, the server of its newest connection, and which mailbox of that was opened last: in small letters.
    agent   TEXT,
    server  TEXT,
    mailbox TEXT
) STRICT;

CREATE INDEX listing_of_all ON listing (opened);
CREATE INDEX listing_of_owner ON listing (owner, opened);

-- The sessions below that number that a console of before left are not listed yet. No row once all are.
CREATE TABLE unlisted (below INTEGER NOT NULL) STRICT;
INSERT INTO unlisted (below)
SELECT newest + 1 FROM (SELECT max(number) AS newest FROM session) WHERE newest IS NOT NULL;
