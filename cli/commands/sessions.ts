import { type Command, Option } from 'commander'
import type { Session, SessionStatus } from '../../sdk/index.ts'
import { formatDuration } from '../lib/duration.ts'
import { watchEvents } from '../lib/events.ts'
import { EXIT } from '../lib/failure.ts'
import { formatClock, formatInstant, printable } from '../lib/format.ts'
import { ask } from '../lib/http.ts'
import { onInterrupt } from '../lib/interrupt.ts'
import { count, DEFAULT_SERVER, type ServerOptions, withServer } from '../lib/options.ts'
import { writeFields, writeJson, writeLine, writeTable } from '../lib/output.ts'
import { PARTICIPANT_HEAD, participantRow, sessionFields } from '../lib/sessions.ts'

type Json = ServerOptions & { json?: boolean }
type ListOptions = Json & { status?: SessionStatus; limit: number; cursor?: string }
type Message = { type: string; sessionId: string; timestamp: number; version?: number; state?: Session }

const STATUSES = ['pending', 'running', 'paused', 'expired', 'completed', 'cancelled']

export function register(program: Command): void {
  const sessions = program.command('sessions').description('list, show and watch sessions')

  withServer(sessions.command('list').description('list sessions, newest first'), DEFAULT_SERVER)
    .addOption(new Option('--status <status>', 'only those in this state').choices(STATUSES))
    .option('--limit <n>', 'how many at most, up to 100', count, 50)
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .option('--json', 'the answer of the server, as JSON')
    .action(list)

  withServer(sessions.command('show <session_id>').description('show a session'), DEFAULT_SERVER)
    .option('--json', 'the session, as JSON')
    .action(show)

  withServer(
    sessions.command('watch <session_id>').description('follow a session until it is completed or deleted'),
    DEFAULT_SERVER,
  )
    .option('--json', 'each message as a line of JSON')
    .action(async (session_id: string, options: Json) => {
      process.exitCode = await watch(session_id, options)
    })
}

async function list({ json, status, limit, cursor, ...options }: ListOptions): Promise<void> {
  const found = await ask(options, ({ sessions }) => sessions.list({ status, limit, cursor }))
  if (json) return writeJson(found)
  if (found.sessions.length === 0) return writeLine('no sessions')
  writeTable(
    ['SESSION', 'MODE', 'STATUS', 'VERSION', 'PARTICIPANTS', 'CREATED', 'UPDATED'],
    found.sessions.map((session) => [
      session.session_id,
      session.sync_mode,
      session.status,
      session.version,
      session.participants.length,
      formatInstant(session.created_at),
      formatInstant(session.updated_at),
    ]),
  )
  if (found.next_cursor !== null) writeLine(`more with --cursor ${found.next_cursor}`)
}

async function show(session_id: string, { json, ...options }: Json): Promise<void> {
  const session = await ask(options, ({ sessions }) => sessions.get(session_id))
  if (json) return writeJson(session)
  writeFields(sessionFields(session))
  writeLine('')
  writeTable(
    PARTICIPANT_HEAD,
    session.participants.map((each) => participantRow(session, each)),
  )
}

async function watch(session_id: string, { json, ...options }: Json): Promise<number> {
  const interrupt = onInterrupt()
  const ended = new AbortController()
  process.stdout.once('error', () => ended.abort())
  const signal = AbortSignal.any([interrupt.signal, ended.signal])
  const path = `/v1/sessions/${encodeURIComponent(session_id)}/events`
  try {
    await watchEvents(options, path, signal, ({ data }) => {
      if (signal.aborted) return
      const message = JSON.parse(data) as Message
      if (json) writeJson(message)
      else writeLine(describe(message))
      const status = message.state?.status
      const over = message.type === 'SESSION_DELETED' || status === 'completed' || status === 'cancelled'
      if (over) ended.abort()
    })
  } finally {
    interrupt.release()
  }
  return interrupt.exit_code ?? EXIT.ok
}

function describe({ type, timestamp, version, state }: Message): string {
  const when = formatClock(new Date(timestamp))
  if (!state) return `${when} ${printable(type === 'SESSION_DELETED' ? 'deleted' : type)}`
  const active = state.participants.find((each) => each.is_active)
  const turn = active ? `, ${active.participant_id} has ${formatDuration(active.time_remaining_ms)}` : ''
  return printable(`${when} version ${version}: ${state.status}${turn}`)
}
