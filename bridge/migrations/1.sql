-- A session. Times are milliseconds since 1970-01-01T00:00:00Z.
CREATE TABLE session (
    number INTEGER PRIMARY KEY,
    id     TEXT    NOT NULL UNIQUE,
    -- None while it lives, and of one that the bridge left behind when it stopped.
    ended  INTEGER,
    -- Its owner, links and participants, and how much is kept of it, as CBOR. Of tokens it holds SHA-256 only.
    access BLOB    NOT NULL
) STRICT;

-- Entries of a transcript, several in a row, encoded as the wire has them: a CBOR sequence (RFC 8742).
CREATE TABLE entries (
    session INTEGER NOT NULL REFERENCES session (number) ON DELETE CASCADE,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    octets  BLOB    NOT NULL,
    PRIMARY KEY (session, first)
) STRICT;
