-- Who may not use the console any more, as those said last who vouch for people: what tells them apart. It is kept while a
-- session is that they opened, since others come in to it by their leave.
CREATE TABLE put_out (
    identity TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
