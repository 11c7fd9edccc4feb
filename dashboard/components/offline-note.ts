import { useEffect, useRef, useState } from 'preact/hooks'
import type { Connection } from '../lib/api.ts'
import { formatTime } from '../lib/format.ts'
import { isDenied, useConnection } from '../lib/hooks.ts'
import { html } from '../lib/html.ts'
import { askForToken } from '../lib/token.ts'
import { Button } from './button.ts'
import { Icon } from './icon.ts'

/** When the connection was lost that there was, in ms since the Unix epoch; null while there is one, or none was yet. */
export function useLostAt(): number | null {
  const { status } = useConnection()
  const was = useRef(false)
  const [lost_at, setLost] = useState<number | null>(null)
  useEffect(() => {
    if (status === 'live') {
      was.current = true
      setLost(null)
    } else if (was.current) setLost((before) => before ?? Date.now())
  }, [status])
  return lost_at
}

/** What is true of clocks without a connection: since when they go on by themselves, and when there will be news. */
export function OfflineNote({ lost_at }: { lost_at: number }) {
  const denied = isDenied(useConnection())
  const known = `the clock goes on from what was known at ${formatTime(lost_at)}`
  if (!denied) {
    return html`<${Icon} name="offline" /><span><strong>Offline</strong> – <${NextAttempt} />; ${known}</span>`
  }
  return html`<${Icon} name="key" /><span><strong>No access</strong> – the server asks for a valid token; ${known}</span>
    <${Button} size="small" onClick=${() => askForToken()}>Enter token<//>`
}

/** `reconnecting in 4 s`. It counts down by itself, and is not read out each time. */
export function NextAttempt() {
  const connection = useConnection()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [])
  return html`<span aria-hidden="true" class="tabular">${textOf(connection, now)}</span>`
}

function textOf(connection: Connection, now: number): string {
  const { status, retry_at } = connection
  if (status === 'closed') return 'not connected any more'
  if (isDenied(connection)) return 'a valid token is needed'
  if (status === 'connecting' || retry_at === null || retry_at <= now) return 'reconnecting now'
  return `reconnecting in ${Math.ceil((retry_at - now) / 1000)} s`
}
