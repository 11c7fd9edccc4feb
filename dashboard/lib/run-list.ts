import type { Run } from './api.ts'
import type { Ask } from './query.ts'

/** All runs, newest first. */
export const readRuns: Ask<Run[]> = async (signal, { client, turn }) => {
  const runs: Run[] = []
  let cursor: string | undefined
  do {
    if (cursor !== undefined) await turn(signal)
    const page = await client.runs.list({ ...(cursor && { cursor }) }, { signal })
    runs.push(...page.tests)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return runs
}
