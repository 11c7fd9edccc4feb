import { useEffect, useState } from 'preact/hooks'

/** A value outside of components, of which they are told when it changes. */
export type Store<T> = {
  get(): T
  set(value: T): void
  subscribe(listener: () => void): () => void
}

export function createStore<T>(initial: T): Store<T> {
  const listeners = new Set<() => void>()
  let value = initial
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The value of a store, and a new rendering whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  return useExternal(store.subscribe, store.get)
}

/**
 * What `get` returns, and a new rendering whenever `subscribe` tells of another value. Both must stay the same
 * functions for as long as the source does.
 */
export function useExternal<T>(subscribe: (listener: () => void) => () => void, get: () => T): T {
  const [held, hold] = useState<{ value: T }>(() => ({ value: get() }))
  useEffect(() => {
    const update = () => hold((before) => (Object.is(before.value, get()) ? before : { value: get() }))
    // It may have changed between the rendering and now.
    update()
    return subscribe(update)
  }, [subscribe, get])
  return held.value
}
