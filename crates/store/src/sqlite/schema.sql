-- Bailiwick's tables, version 1, in SQLite. Times are microseconds since 1970.
CREATE TABLE store      (one int PRIMARY KEY CHECK (one = 1), tables int NOT NULL, made bigint NOT NULL);
CREATE TABLE tenant     (tenant integer PRIMARY KEY, uuid blob NOT NULL UNIQUE, name text NOT NULL UNIQUE, made bigint NOT NULL);
-- The one row that every append of a tenant locks. size: leaves in its log; control_floor: -1 before the first that narrows.
CREATE TABLE tenant_log (tenant integer PRIMARY KEY, epoch int NOT NULL, format int NOT NULL, control_floor bigint NOT NULL,
                         size bigint NOT NULL);
-- An append of many tasks must touch few pages, so nothing is written for each event but the event itself. A stream has a
-- number here: tasks that live at the same time are neighbours. last: the leaf of its last event, from which its events are
-- found backwards.
CREATE TABLE stream     (stream integer PRIMARY KEY, tenant bigint NOT NULL, id blob NOT NULL, kind int NOT NULL,
                         head bigint NOT NULL, last bigint NOT NULL, hash blob NOT NULL, wake bigint, UNIQUE (tenant, id));
CREATE INDEX stream_wake ON stream (wake) WHERE wake IS NOT NULL;
-- place: the tenant's number times 2^40, plus the leaf. back: how many leaves before it the stream's event before stands, 0
-- for the first. stamp: made under a key that is not here. drop_on: null without a body. data_key: null when the body is under
-- the stream's own key.
CREATE TABLE event      (place integer PRIMARY KEY, stream bigint NOT NULL, seq bigint NOT NULL, back bigint NOT NULL,
                         at bigint NOT NULL, hash blob NOT NULL, stamp blob NOT NULL, drop_on int, data_key blob, body blob, clear blob NOT NULL);
-- Where every 64th event of a stream stands: a read in the middle starts there, not at the head.
CREATE TABLE mark       (stream bigint NOT NULL, seq bigint NOT NULL, place bigint NOT NULL, PRIMARY KEY (stream, seq)) WITHOUT ROWID;
CREATE INDEX event_person ON event (data_key) WHERE data_key IS NOT NULL;
CREATE TABLE body       (place integer PRIMARY KEY, sealed blob NOT NULL);
CREATE TABLE blob       (tenant bigint NOT NULL, digest blob NOT NULL, bytes blob NOT NULL, PRIMARY KEY (tenant, digest));
CREATE TABLE snapshot   (tenant bigint NOT NULL, stream blob NOT NULL, seq bigint NOT NULL, fold int NOT NULL, hash blob NOT NULL,
                         sealed blob NOT NULL, PRIMARY KEY (tenant, stream));
CREATE TABLE kek        (tenant bigint NOT NULL, version int NOT NULL, root int NOT NULL, wrapped blob NOT NULL,
                         PRIMARY KEY (tenant, version)) WITHOUT ROWID;
-- id: a stream or a person; drop_on 0: until erased. Deleting the row is erasure.
CREATE TABLE data_key   (tenant bigint NOT NULL, id blob NOT NULL, kek int NOT NULL, wrapped blob NOT NULL, drop_on int NOT NULL,
                         PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE INDEX data_key_due ON data_key (drop_on);
CREATE TABLE tile       (tenant bigint NOT NULL, epoch int NOT NULL, level int NOT NULL, idx bigint NOT NULL, hashes blob NOT NULL,
                         PRIMARY KEY (tenant, epoch, level, idx));
CREATE TABLE checkpoint (tenant bigint NOT NULL, epoch int NOT NULL, size bigint NOT NULL, note text NOT NULL,
                         PRIMARY KEY (tenant, epoch, size));
CREATE TABLE cursor_at  (name text NOT NULL, tenant bigint NOT NULL, leaf bigint NOT NULL, PRIMARY KEY (name, tenant)) WITHOUT ROWID;
CREATE TABLE once       (tenant bigint NOT NULL, kind int NOT NULL, id blob NOT NULL, until bigint NOT NULL,
                         PRIMARY KEY (tenant, kind, id));
CREATE INDEX once_until ON once (until);
