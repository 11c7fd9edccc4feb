import { watchEvents } from './events.ts'
import { EXIT } from './failure.ts'
import { formatClock, printable } from './format.ts'
import { read } from './http.ts'
import { onInterrupt } from './interrupt.ts'
import type { ServerOptions } from './options.ts'
import { writeJson, writeLine } from './output.ts'
import { formatMetric } from './runs.ts'

type Message = {
  type: string
  run_id: string
  timestamp: string
  status?: string
  data?: Record<string, unknown> | null
}
type Known = { is_complete: boolean; success: boolean | null; error: string | null }

/**
 * Follows the feed of all runs, or of one until it ends. What happened while the connection was lost the server tells
 * again as far as it can; whether the one run has ended it is asked each time, once the feed can tell what follows.
 */
export async function watchRuns(
  run_id: string | undefined,
  { json, ...options }: ServerOptions & { json?: boolean },
): Promise<number> {
  const interrupt = onInterrupt()
  const ended = new AbortController()
  const signal = AbortSignal.any([interrupt.signal, ended.signal])
  const stop = () => ended.abort()
  process.stdout.once('error', stop)
  let success: boolean | null = null
  let failure: unknown

  function end(how: boolean) {
    success = how
    stop()
  }

  async function ask() {
    if (run_id === undefined) return
    const run = await read<Known>(options, `/api/v1/tests/${encodeURIComponent(run_id)}`)
    if (!run.is_complete || ended.signal.aborted) return
    const data = { success: run.success, error: run.error }
    show({ type: 'test_complete', run_id, timestamp: new Date().toISOString(), data })
    end(run.success === true)
  }

  function show(message: Message) {
    if (json) writeJson(message)
    else writeLine(describe(message))
  }

  function askOrFail() {
    ask().catch((error) => {
      failure = error
      stop()
    })
  }

  function take({ event, data }: { event?: string | undefined; data: string }) {
    if (signal.aborted) return
    if (event === 'reset') return askOrFail()
    const message = JSON.parse(data) as Message
    if (run_id !== undefined && message.run_id !== run_id) return
    show(message)
    if (run_id !== undefined && message.type === 'test_complete') end(message.data?.success === true)
  }

  try {
    await watchEvents(options, '/api/v1/events?stream=tests', signal, take, askOrFail)
  } finally {
    interrupt.release()
  }
  if (failure) throw failure
  if (success === null) return interrupt.exit_code ?? EXIT.ok
  return success ? EXIT.ok : EXIT.failed
}

function describe({ type, run_id, timestamp, data }: Message): string {
  const values = Object.entries(data ?? {})
    .filter(([, value]) => value !== null && typeof value !== 'object' && value !== '')
    .map(([name, value]) => `${name}=${formatMetric(name, value).replaceAll(' ', '')}`)
  return printable([formatClock(new Date(timestamp)), run_id, type.replace('test_', ''), ...values].join(' '))
}
