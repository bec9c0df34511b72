-- $1 tenant, $2 epoch, $3 format, $4 decided under (-1: none), $5 whether it narrows
-- $6..$12 streams: id, group, kind, expected head, next head, next hash, wake
-- $13..$22 events: stream, seq, at, hash, stamp, clear, data key, drop_on, body, sealed
-- $23..$27 new data keys: group, id, kek, wrapped, drop_on     $28..$30 new blobs: group, digest, bytes
-- $31 whether a replica must be waited for
WITH want AS (
  SELECT * FROM unnest($6::bytea[], $7::int[], $8::int[], $9::bigint[], $10::bigint[], $11::bytea[], $12::bigint[])
    AS w(id, grp, kind, expect, next, hash, wake)),
fresh AS (
  SELECT * FROM unnest($23::int[], $24::bytea[], $25::int[], $26::bytea[], $27::int[]) AS k(grp, id, kek, wrapped, drop_on)),
-- What a server confirms it must keep; that may be turned off at any time.
keeps AS (
  SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') IN ('on', 'remote_apply')
    AND (NOT $31 OR current_setting('synchronous_standby_names') <> '') AS it),
open AS (
  SELECT size FROM tenant_log, keeps
  WHERE tenant = $1 AND epoch = $2 AND format = $3 AND control_floor <= $4 AND keeps.it),
-- A group stands or falls whole, with the keys that its bodies are sealed under.
fits AS (
  SELECT w.grp FROM want w CROSS JOIN open LEFT JOIN stream s ON s.tenant = $1 AND s.id = w.id
  GROUP BY w.grp HAVING bool_and(coalesce(s.head, 0) = w.expect)
    AND NOT EXISTS (SELECT FROM fresh f JOIN data_key d ON d.tenant = $1 AND d.id = f.id WHERE f.grp = w.grp)),
moved AS (
  INSERT INTO stream (tenant, id, kind, head, hash, wake)
  SELECT $1, w.id, w.kind, w.next, w.hash, w.wake FROM want w JOIN fits USING (grp)
  ON CONFLICT (tenant, id) DO UPDATE SET head = excluded.head, hash = excluded.hash, wake = excluded.wake),
news AS (
  SELECT o.size + row_number() OVER (ORDER BY e.ord) - 1 AS leaf, e.*
  FROM unnest($13::bytea[], $14::bigint[], $15::bigint[], $16::bytea[], $17::bytea[], $18::bytea[],
              $19::bytea[], $20::int[], $21::bytea[], $22::bytea[])
       WITH ORDINALITY AS e(stream, seq, at, hash, stamp, clear, data_key, drop_on, body, sealed, ord)
  JOIN want w ON w.id = e.stream JOIN fits USING (grp) CROSS JOIN open o),
put AS (
  INSERT INTO event (tenant, leaf, stream, seq, at, hash, stamp, clear, data_key, drop_on, body)
  SELECT $1, leaf, stream, seq, at, hash, stamp, clear, data_key, drop_on, body FROM news),
kept AS (
  INSERT INTO body (drop_on, tenant, leaf, sealed) SELECT drop_on, $1, leaf, sealed FROM news WHERE sealed IS NOT NULL),
keyed AS (
  INSERT INTO data_key (tenant, id, kek, wrapped, drop_on)
  SELECT $1, f.id, f.kek, f.wrapped, f.drop_on FROM fresh f JOIN fits USING (grp)),
-- The same bytes may have been named before.
named AS (
  INSERT INTO blob (tenant, digest, bytes)
  SELECT DISTINCT ON (b.digest) $1, b.digest, b.bytes
  FROM unnest($28::int[], $29::bytea[], $30::bytea[]) AS b(grp, digest, bytes) JOIN fits USING (grp)
  ON CONFLICT (tenant, digest) DO NOTHING),
-- A narrowing append is a batch of its own: the floor becomes the leaf of its last event.
grown AS (
  UPDATE tenant_log SET size = size + n.n, control_floor = CASE WHEN $5 THEN size + n.n - 1 ELSE control_floor END
  FROM (SELECT count(*) AS n FROM news) n WHERE tenant = $1 AND n.n > 0)
SELECT (SELECT size FROM open) AS first_leaf, (SELECT array_agg(grp) FROM fits) AS stood,
       (extract(epoch FROM clock_timestamp()) * 1e6)::bigint AS store_time,
       (SELECT it FROM keeps) AS keeps
