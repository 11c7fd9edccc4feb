import type { Tables } from './embedded-tables.ts'
import type { KeptAnswer, Key, NewAnswer } from './state-store.ts'

/** Where claims stand among the answers; no topic is empty. */
export const CLAIMS: Key = { topic: '', id: '' }

/** Where `counts` has the length of all bulks. */
const BULKS: [string, string] = ['', 'bulks']

/** An answer that is still alive at `now` (ms), or null. */
export function answerOf(
  { answers }: Tables,
  { topic, id }: Key,
  name: string,
  now: number,
): KeptAnswer | null {
  const kept = answers.get([topic, id, name])
  return kept && kept.expires_at > now ? { value: kept.value, bulk: kept.bulk ?? null } : null
}

/** Keeps an answer, and of the bulks of all answers no more than `limit` characters; for use within a transaction. */
export function keepAnswer(
  tables: Tables,
  { topic, id }: Key,
  answer: NewAnswer,
  now: number,
  limit: number,
): void {
  const { answers, expiries, bulks, counts } = tables
  const { name, value, bulk, lifetime_ms } = answer
  const expires_at = now + lifetime_ms
  answers.put([topic, id, name], { value, expires_at, ...(bulk === undefined ? {} : { bulk }) })
  expiries.put([expires_at, topic, id, name], true)
  if (bulk === undefined) return
  const [last = 0] = bulks.getKeys({ reverse: true, limit: 1 })
  bulks.put(last + 1, { topic, id, name, length: bulk.length })
  let length = (counts.get(BULKS) ?? 0) + bulk.length
  for (const { key, value: oldest } of Array.from(bulks.getRange({ limit: LET_GO_AT_ONCE }))) {
    if (length <= limit) break
    length -= oldest.length
    bulks.remove(key)
    const place: [string, string, string] = [oldest.topic, oldest.id, oldest.name]
    const kept = answers.get(place)
    if (kept) answers.put(place, { value: kept.value, expires_at: kept.expires_at })
  }
  counts.put(BULKS, length)
}

/** A large one takes the place of this many small ones at most; the next one goes on. */
const LET_GO_AT_ONCE = 256
