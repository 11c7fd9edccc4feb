import type { Stop } from './client-types.ts'

export type Listeners<Events extends Record<keyof Events, unknown[]>> = {
  on<Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): Stop
  tell<Name extends keyof Events>(event: Name, ...args: Events[Name]): void
}

/** Who wants to be told of what. */
export function createListeners<Events extends Record<keyof Events, unknown[]>>(): Listeners<Events> {
  const all: { [Name in keyof Events]?: Set<(...args: Events[Name]) => void> } = {}
  return {
    on(event, listener) {
      // The same function twice is two listeners, each with an end of its own.
      const own: typeof listener = (...args) => listener(...args)
      const listeners = all[event] ?? new Set()
      all[event] = listeners.add(own)
      return () => void listeners.delete(own)
    },
    tell(event, ...args) {
      for (const listener of [...(all[event] ?? [])]) guarded(() => listener(...args))
    },
  }
}

/** A listener's failure is neither the connection's nor the next listener's, but it is not kept quiet either. */
function guarded(fn: () => void): void {
  try {
    fn()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
