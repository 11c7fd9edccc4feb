import type { Key } from './state-store.ts'

/**
 * Keys that one script touches share a hash tag, so that a Redis Cluster keeps them on one node. A power of two for
 * good: changing it moves every record.
 */
export const PARTITIONS = 16

/** Where an answer's bulk stands among those of its partition. */
export const bulkOf = ({ topic, id }: Key, name: string): string => `${topic}:${id}/${name}`

export type RedisKeys = ReturnType<typeof createRedisKeys>

/** The names of all keys and channels; an id holds no '/', a topic and a label no ':'. */
export function createRedisKeys(prefix: string) {
  const of = (partition: number, rest: string) => `${prefix}:{p${partition}}:${rest}`
  const here = ({ id }: Key, rest: string) => of(partitionOf(id), rest)
  return {
    record: (key: Key) => here(key, `r:${key.topic}:${key.id}`),
    answer: (key: Key, name: string) => here(key, `a:${key.topic}:${key.id}/${name}`),
    bulks: (partition: number) => of(partition, 'bulks'),
    bulkNames: (partition: number) => of(partition, 'bulk-names'),
    claim: (name: string) => of(partitionOf(name), `c:${name}`),
    operation: (key: Key, operation_id: string) => here(key, `o:${operation_id}`),
    deadlines: (partition: number) => of(partition, 'deadlines'),
    outbox: (partition: number) => of(partition, 'outbox'),
    /** The index of a label, '' for that of the whole topic. */
    index: (partition: number, topic: string, label: string) => of(partition, `i:${topic}:${label}`),
    updates: (key: Key) => `${prefix}:w:${key.topic}:${key.id}`,
    broadcasts: (topic: string) => `${prefix}:t:${topic}`,
  }
}

/** FNV-1a over the id: the same on every instance, and over releases. */
export function partitionOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % PARTITIONS
}

/** For one command per partition. */
export const eachPartition = <T>(make: (partition: number) => T): T[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => make(partition))

/** Where a record stands in an index; sorts as text like (epoch, id). */
export const memberOf = (epoch: number, id: string): string => `${String(epoch).padStart(15, '0')}:${id}`

export const placeOf = (member: string): { epoch: number; id: string } => ({
  epoch: Number(member.slice(0, 15)),
  id: member.slice(16),
})
