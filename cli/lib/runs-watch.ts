import type { Run } from '../../sdk/index.ts'
import { watchEvents } from './events.ts'
import { EXIT } from './failure.ts'
import { formatClock, printable } from './format.ts'
import { ask } from './http.ts'
import { onInterrupt } from './interrupt.ts'
import { createKnownRuns, type RunMessage } from './known-runs.ts'
import type { ServerOptions } from './options.ts'
import { writeJson, writeLine } from './output.ts'
import { formatMetric } from './runs.ts'

/**
 * Follows all runs, or one until it ends. How things stand is read once the feed has begun, so nothing falls between
 * the two; and again when the feed has missed what it cannot tell any more.
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
  const known = createKnownRuns()
  let looking = new AbortController()
  let looked = false
  let success: boolean | null = null
  let failure: unknown

  function show(message: RunMessage) {
    if (signal.aborted) return
    if (json) writeJson(message)
    else writeLine(describe(message))
    if (run_id === undefined || message.type !== 'test_complete') return
    success = (message.data as { success: boolean | null }).success === true
    stop()
  }

  async function look(end: AbortSignal) {
    const runs = run_id === undefined ? await readRuns(options, end) : [await readRun(options, run_id, end)]
    if (end.aborted) return
    // What was over before anybody watched is no news, unless it is the one that was asked for.
    for (const message of known.merge(runs, { over: looked || run_id !== undefined })) show(message)
    looked = true
  }

  function lookAnew() {
    looking.abort()
    looking = new AbortController()
    const end = AbortSignal.any([signal, looking.signal])
    look(end).catch((error) => {
      if (end.aborted) return
      failure = error
      stop()
    })
  }

  function take({ event, data }: { event?: string | undefined; data: string }) {
    if (event === 'reset') return lookAnew()
    const message = JSON.parse(data) as RunMessage
    if (run_id !== undefined && message.run_id !== run_id) return
    if (known.take(message)) show(message)
  }

  try {
    await watchEvents(options, '/api/v1/events?stream=tests', signal, take, (resumed) => {
      if (!resumed || !looked) lookAnew()
    })
  } finally {
    interrupt.release()
  }
  if (failure) throw failure
  if (success === null) return interrupt.exit_code ?? EXIT.ok
  return success ? EXIT.ok : EXIT.failed
}

/** A server that went away again meanwhile is waited for, as the feed does. */
const PATIENT = { retries: Number.POSITIVE_INFINITY }

const readRun = (options: ServerOptions, run_id: string, signal: AbortSignal): Promise<Run> =>
  ask(options, ({ runs }) => runs.get(run_id, { signal }), PATIENT)

async function readRuns(options: ServerOptions, signal: AbortSignal): Promise<Run[]> {
  const found: Run[] = []
  let cursor: string | undefined
  do {
    const page = await ask(options, ({ runs }) => runs.list({ cursor }, { signal }), PATIENT)
    found.push(...page.tests)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return found
}

function describe({ type, run_id, timestamp, data }: RunMessage): string {
  const values = Object.entries(data ?? {})
    .filter(([, value]) => value !== null && typeof value !== 'object' && value !== '')
    .map(([name, value]) => `${name}=${formatMetric(name, value).replaceAll(' ', '')}`)
  return printable([formatClock(new Date(timestamp)), run_id, type.replace('test_', ''), ...values].join(' '))
}
