-- Bailiwick's tables, version 1, in PostgreSQL 14 or later. Times are microseconds since 1970.
CREATE TABLE store      (one int PRIMARY KEY CHECK (one = 1), tables int NOT NULL, made bigint NOT NULL);
CREATE TABLE tenant     (tenant bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, uuid bytea NOT NULL UNIQUE,
                         name text COLLATE "C" NOT NULL UNIQUE, made bigint NOT NULL);
-- The one row that every append of a tenant locks. size: leaves in its log; control_floor: -1 before the first that narrows.
-- It changes all the time: room on its page and an early vacuum keep it in one place.
CREATE TABLE tenant_log (tenant bigint PRIMARY KEY, epoch int NOT NULL, format int NOT NULL, control_floor bigint NOT NULL,
                         size bigint NOT NULL)
    WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE TABLE stream     (tenant bigint NOT NULL, id bytea NOT NULL, kind int NOT NULL, head bigint NOT NULL, hash bytea NOT NULL,
                         wake bigint, PRIMARY KEY (tenant, id)) WITH (fillfactor = 70);
CREATE INDEX stream_wake ON stream (wake) WHERE wake IS NOT NULL;
CREATE TABLE event      (tenant bigint NOT NULL, leaf bigint NOT NULL, stream bytea NOT NULL, seq bigint NOT NULL,
                         at bigint NOT NULL, hash bytea NOT NULL, stamp bytea NOT NULL, clear bytea NOT NULL, data_key bytea,
                         drop_on int, body bytea,
                         PRIMARY KEY (tenant, leaf), UNIQUE (tenant, stream, seq));
-- Bodies under a stream's own key are found through the stream; only those under a person's key need this to be erased.
CREATE INDEX event_person ON event (tenant, data_key) WHERE data_key <> stream;
-- drop_on: month, yyyymm; dropping a partition is retention. 0: until erased.
CREATE TABLE body       (drop_on int NOT NULL, tenant bigint NOT NULL, leaf bigint NOT NULL, sealed bytea NOT NULL,
                         PRIMARY KEY (drop_on, tenant, leaf)) PARTITION BY LIST (drop_on);
CREATE TABLE blob       (tenant bigint NOT NULL, digest bytea NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (tenant, digest));
CREATE TABLE snapshot   (tenant bigint NOT NULL, stream bytea NOT NULL, seq bigint NOT NULL, fold int NOT NULL, hash bytea NOT NULL,
                         sealed bytea NOT NULL, PRIMARY KEY (tenant, stream));
CREATE TABLE kek        (tenant bigint NOT NULL, version int NOT NULL, root int NOT NULL, wrapped bytea NOT NULL,
                         PRIMARY KEY (tenant, version));
-- id: a stream or a person; drop_on 0: until erased. Deleting the row is erasure.
CREATE TABLE data_key   (tenant bigint NOT NULL, id bytea NOT NULL, kek int NOT NULL, wrapped bytea NOT NULL, drop_on int NOT NULL,
                         PRIMARY KEY (tenant, id));
CREATE INDEX data_key_due ON data_key (drop_on);
CREATE TABLE tile       (tenant bigint NOT NULL, epoch bigint NOT NULL, level int NOT NULL, idx bigint NOT NULL, hashes bytea NOT NULL,
                         PRIMARY KEY (tenant, epoch, level, idx));
CREATE TABLE checkpoint (tenant bigint NOT NULL, epoch bigint NOT NULL, size bigint NOT NULL, note text NOT NULL,
                         PRIMARY KEY (tenant, epoch, size));
CREATE TABLE cursor_at  (name text NOT NULL, tenant bigint NOT NULL, leaf bigint NOT NULL, PRIMARY KEY (name, tenant));
CREATE TABLE once       (tenant bigint NOT NULL, kind int NOT NULL, id bytea NOT NULL, until bigint NOT NULL,
                         PRIMARY KEY (tenant, kind, id));
CREATE INDEX once_until ON once (until);
