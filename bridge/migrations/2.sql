-- Who did what with the console: records that outlive the sessions which they are about. None is ever changed.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- When it happened, in milliseconds since 1970-01-01T00:00:00Z.
    at     INTEGER NOT NULL,
    -- It as JSON. Nothing in it is a secret.
    record TEXT    NOT NULL
) STRICT;

CREATE TRIGGER audit_stays_as_it_is BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'what was recorded is not changed');
END;
