/** `userData.label`, by which Crawlee chooses the handler of a request. */
export function labelOf(otherFields: string): unknown {
  const { userData } = JSON.parse(`{${otherFields}}`) as { userData?: { label?: unknown } | null }
  return userData?.label
}
