import type { Violation } from './checker.ts'
import type { SessionHistory } from './history.ts'

/** How many versions before and after a violation are shown, and how many violations of a session. */
const AROUND = 3
const SHOWN = 5
const CLOCKS = 4

/** The violations of a session, each with what is known of the versions around it. */
export function explain(history: SessionHistory, violations: Violation[]): string {
  const first = history.log[0]?.state
  const title = `  session ${history.id}: ${first?.sync_mode ?? 'never created'}, ${violations.length} violations`
  const shown = violations
    .slice(0, SHOWN)
    .flatMap((violation) => [
      `  ${violation.rule}${violation.version === null ? '' : ` at version ${violation.version}`}: ${violation.message}`,
      ...around(history, violation.version ?? history.log.at(-1)?.version ?? 0).map(
        (line) => `      ${line}`,
      ),
    ])
  return [title, ...shown].join('\n')
}

const time = (at: number | string): string => new Date(at).toISOString().slice(11, 23)

function around({ log, operations, watches, final }: SessionHistory, version: number): string[] {
  const near = (other: number | null) => other !== null && Math.abs(other - version) <= AROUND
  const events = log.filter((event) => near(event.version))
  const [since, until] = [events[0], events.at(-1)].map((event) => Date.parse(event?.at ?? ''))
  const during = ({ sent_at, answered_at }: { sent_at: number; answered_at: number }) =>
    answered_at >= (since ?? 0) && sent_at <= (until ?? 0)
  return [
    ...events.map(({ version, type, at, state }) => {
      const clocks = state?.participants
        .slice(0, CLOCKS)
        .map((p) => `${p.time_remaining_ms}/${p.time_used_ms}/${p.overtime_ms}`)
      return `log     ${version} ${type} at ${time(at)}, left/used/over ${clocks?.join(' ')}, due ${state?.cycle_deadline_at}`
    }),
    ...operations.flatMap(({ kind, keyed, answers }) =>
      answers
        .filter((answer) => near(answer.version) || (answer.outcome === 'unknown' && during(answer)))
        .map(({ instance, told, version, sent_at, answered_at }) => {
          const span = `${time(sent_at)} to ${time(answered_at)}`
          return `caller  ${version ?? '?'} ${kind}${keyed ? ' with a key' : ''} at instance ${instance}, ${span}: ${told}`
        }),
    ),
    ...watches.map(({ name, messages }) => {
      const seen = messages
        .filter((message) => near(message.version))
        .map((m) => `${m.connection}:${m.version}`)
      return `watcher ${name} saw (connection:version) ${seen.join(' ')}, and last ${messages.at(-1)?.version}`
    }),
    `store   ${final?.version} ${final?.status}`,
  ]
}

/** Rows as a table with aligned columns. */
export function table(rows: Record<string, string | number>[]): string {
  const names = Object.keys(rows[0] ?? {})
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))]
  const widths = names.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const pad = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}
