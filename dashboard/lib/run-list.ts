import { client, type Run } from './api.ts'

/** All runs, newest first. */
export async function readRuns(signal: AbortSignal): Promise<Run[]> {
  const runs: Run[] = []
  let cursor: string | undefined
  do {
    const page = await client.runs.list({ ...(cursor && { cursor }) }, { signal })
    runs.push(...page.tests)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return runs
}
