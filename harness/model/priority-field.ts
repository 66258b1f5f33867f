/**
 * The fields with the priority that the request asks for, as a client sends it (13.10). A store reads it there
 * again when the groups of a queue change.
 */
export function withPriority(fields: string, priority: number | undefined): string {
  if (priority === undefined) return fields
  const { userData = {} } = JSON.parse(`{${fields}}`) as { userData?: object }
  return `"userData":${JSON.stringify({ ...userData, headlock: { priority } })}`
}
