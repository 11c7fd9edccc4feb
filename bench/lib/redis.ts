import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

export const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'

/** A name that no other run has: for keys, schemas, runs. */
export const unique = (): string => `bench${randomUUID().replaceAll('-', '').slice(0, 12)}`

/** Removes all keys with this in their name. */
export async function removeKeys(part: string): Promise<void> {
  const redis = new Redis(REDIS_URL)
  for await (const keys of redis.scanStream({ match: `*${part}*`, count: 1000 })) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
  redis.disconnect()
}
