/** Adds until when somebody waits for requests of a queue, on any server. */
export const sql = `
ALTER TABLE queues ADD COLUMN waited_until bigint NOT NULL DEFAULT 0;
-- The code that creates a queue sets it. A default would look like foreign code (foreign-code.ts).
ALTER TABLE queues ALTER COLUMN waited_until DROP DEFAULT;
`
