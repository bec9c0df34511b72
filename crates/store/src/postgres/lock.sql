-- $1 tenant. Lock first, then look: at READ COMMITTED a statement's snapshot is older than the lock it waits for, so only
-- the next statement sees what the winner wrote.
SELECT FROM tenant_log WHERE tenant = $1 FOR UPDATE
