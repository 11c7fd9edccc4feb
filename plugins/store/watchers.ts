import type { FastifyBaseLogger } from 'fastify'
import type { Unwatch, Watcher } from './state-store.ts'

export type StoreLog = Pick<FastifyBaseLogger, 'warn' | 'error'>

export type Watchers<T> = {
  add(name: string, watcher: Watcher<T>): Unwatch
  /** True while somebody watches this name. */
  has(name: string): boolean
  names(): string[]
  tell(name: string, update: T): void
  /** Tells everybody that updates may have been missed. */
  gap(): void
}

/**
 * Who watches what in this process. `onIdle` is told a name whose last watcher has left. A watcher that throws must
 * neither fail the commit that it is told about nor keep the others from hearing of it.
 */
export function createWatchers<T>(log: StoreLog, onIdle: (name: string) => void = () => {}): Watchers<T> {
  const byName = new Map<string, Set<Watcher<T>>>()
  const attempt = (fn: () => void): void => {
    try {
      fn()
    } catch (error) {
      log.error({ err: error }, 'a watcher of the store failed')
    }
  }
  return {
    add(name, watcher) {
      // The same object may watch twice; each time is one of its own.
      const own = { onUpdate: (update: T) => watcher.onUpdate(update), onGap: () => watcher.onGap() }
      const watching = byName.get(name) ?? new Set()
      byName.set(name, watching.add(own))
      return () => {
        if (!watching.delete(own) || watching.size > 0) return
        byName.delete(name)
        onIdle(name)
      }
    },
    has: (name) => byName.has(name),
    names: () => [...byName.keys()],
    tell(name, update) {
      for (const watcher of byName.get(name) ?? []) attempt(() => watcher.onUpdate(update))
    },
    gap() {
      for (const watching of byName.values()) for (const watcher of watching) attempt(() => watcher.onGap())
    },
  }
}
