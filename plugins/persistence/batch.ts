import { createHash } from 'node:crypto'
import type { Event } from '../../schemas/event.ts'
import type { OutboxEntry } from '../store/outbox.ts'

/**
 * A job's payload: its events, as JSON text within the JSON. So pg-boss can hold what PostgreSQL refuses as a value,
 * such as U+0000, and the refusal comes where it can be told which event is to blame.
 */
export type BatchData = { events: string }

export type BatchJob = { id: string; data: BatchData }

/** How long the text of a job may become, in characters, unless a single event is longer. */
const JOB_LENGTH = 1_000_000

export const unpack = ({ events }: BatchData): Event[] => JSON.parse(events)

/**
 * Entries as jobs, usually one. The id follows from the entries and their events, so the same batch is one job however
 * often it is inserted; a store that was emptied and counts its entries anew gives other ids all the same.
 */
export function toJobs(entries: OutboxEntry[]): BatchJob[] {
  const jobs: BatchJob[] = []
  let texts: string[] = []
  let length = 0
  let hash = createHash('sha256')
  const flush = () => {
    if (texts.length > 0) jobs.push({ id: uuidOf(hash.digest()), data: { events: `[${texts.join(',')}]` } })
    texts = []
    length = 0
    hash = createHash('sha256')
  }
  for (const { id, event } of entries) {
    const text = JSON.stringify(event)
    if (length + text.length > JOB_LENGTH) flush()
    texts.push(text)
    length += text.length
    hash.update(`${id} ${eventName(event)}\n`)
  }
  flush()
  return jobs
}

/** The job that carries an event which PostgreSQL refused to the dead-letter queue. */
export const toDeadLetter = (event: Event): BatchJob => ({
  id: uuidOf(createHash('sha256').update(eventName(event)).digest()),
  data: { events: JSON.stringify([event]) },
})

/** What tells an event from every other. */
export const eventName = ({ topic, key, epoch, version }: Event): string =>
  `${topic} ${key} ${epoch} ${version}`

/** The first 16 bytes in the form of a UUID of version 8, which is for such uses. */
function uuidOf(digest: Buffer): string {
  const bytes = digest.subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
