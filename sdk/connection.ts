import type { Connection } from './client-types.ts'

/** A connection before there is any. */
export const idle = (since: number): Connection => ({
  status: 'idle',
  transport: null,
  since,
  attempt: 0,
  retry_at: null,
  denied: false,
})
