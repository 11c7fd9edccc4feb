import { DomainError } from '../../engine/errors.ts'

/** How many calls may wait for one key; beyond it they are refused at once. */
export const QUEUE_LIMIT = 1000

/** Runs tasks of the same key one after the other, in the order they came; tasks of different keys side by side. */
export type KeyedQueue = {
  /** @throws DomainError QUEUE_FULL */
  run<T>(key: string, task: () => Promise<T>): Promise<T>
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>
}

/** Within one instance callers of one record wait for each other instead of losing races against each other. */
export function createKeyedQueue(): KeyedQueue {
  const lines = new Map<string, { tail: Promise<unknown>; length: number }>()
  return {
    run(key, task) {
      const line = lines.get(key) ?? { tail: Promise.resolve(), length: 0 }
      if (line.length >= QUEUE_LIMIT) {
        return Promise.reject(
          new DomainError(
            'unavailable',
            'QUEUE_FULL',
            'Too many calls wait for one record; try again in a second',
          ),
        )
      }
      line.length++
      lines.set(key, line)
      const result = line.tail.then(task)
      line.tail = result
        .catch(() => {})
        .then(() => {
          line.length--
          if (line.length === 0) lines.delete(key)
        })
      return result
    },
    async idle() {
      await Promise.all([...lines.values()].map(({ tail }) => tail))
    },
  }
}
