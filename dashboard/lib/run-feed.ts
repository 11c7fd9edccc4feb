import { useEffect, useRef } from 'preact/hooks'
import { type Connection, client, type RunWatcher } from './api.ts'
import { pageConnection } from './hooks.ts'
import { useStore } from './store.ts'
import { token } from './token.ts'

/**
 * Follows all runs for as long as the component is there, over the one socket of the page, whose state the header then
 * shows. What `watcher` does may differ from one rendering to the next.
 */
export function useRunFeed(watcher: RunWatcher): void {
  const latest = useRef(watcher)
  latest.current = watcher
  const held = useStore(token)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another token is another connection
  useEffect(() => {
    const stop = client.runs.watch({
      event: (event) => latest.current.event(event),
      reset: () => latest.current.reset(),
      connection(connection: Connection) {
        pageConnection.set(connection)
        latest.current.connection?.(connection)
      },
    })
    return () => {
      stop()
      pageConnection.set(null)
    }
  }, [held])
}
