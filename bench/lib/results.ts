import { isMet, type Report } from './report.ts'

/** Why an aim is missed, as far as that is understood; by the beginning of the bench's name. */
const REASONS: Record<string, string> = {
  switch:
    'A switch costs the server three to five times the CPU of the bare route (110-160 us beside 31-35 us when each has a core to itself), and no single part stands out in the profile: deciding and committing are two fifths, a fifth of all is the way to Redis, a fifth the answer. As the load and six servers share two cores, garbage collection and compilation, which the bare route hardly needs, come on top; throughput still rises after some 80,000 calls.',
  big: 'A state of 1,000 participants is 250 KB: it is serialised for the store and the sockets, its participants again for the answer, and a checksum is taken of it twice.',
  grow: 'Sessions are switched at random. Beyond the 10,000 that an instance remembers each switch reads and parses its document first.',
  fanout:
    "Half to two thirds of the server's CPU is write(2) itself, once for each socket, for all three alike: that leaves no room for 1.5 times as much as anybody. Beside bare ws each change is also a POST that is checked and stored.",
  rooms:
    'Each change is checked, stored and published by a script before it is told; Socket.IO stores nothing, and its own p99 is beyond 20 ms here: four servers, Redis and the load share two cores.',
  idle: 'Beside its WebSocket a socket here has its request (for its token, checked again and again), limits, subscriptions and what is to be sent.',
  expiry:
    'Timers fire in time (p50 1 ms). The last hundredth waits for others: 500 expiries a second are committed, told and, by the same two cores, received.',
  persist:
    'A row of the log comes with the state that is folded from it and the figures of each participant, in the same transaction; most of the time is spent in PostgreSQL.',
}

const cell = (value: unknown): string => String(value ?? '').replaceAll('|', '\\|')
const row = (cells: unknown[]): string => `| ${cells.map(cell).join(' | ')} |`
const table = (head: string[], rows: unknown[][]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

function section({ bench, rows, aims }: Report): string {
  const columns = [...new Set(rows.flatMap(Object.keys))]
  const reason = Object.entries(REASONS).find(([name]) => bench.startsWith(name))?.[1]
  const missed = aims.some((aim) => !isMet(aim))
  return [
    `## ${bench}`,
    table(
      columns,
      rows.map((each) => columns.map((column) => each[column])),
    ),
    ...(aims.length > 0
      ? [
          table(
            ['aim', 'measured', '', ''],
            aims.map((aim) => [
              aim.what,
              `${aim.measured}${aim.unit}`,
              `${aim.bound} ${aim.aim}${aim.unit}`,
              isMet(aim) ? 'met' : '**missed**',
            ]),
          ),
        ]
      : []),
    ...(missed && reason ? [reason] : []),
  ].join('\n\n')
}

/** What was measured, as a page. */
export function toMarkdown(reports: Report[]): string {
  const aims = reports.flatMap((report) => report.aims)
  const met = aims.filter((aim) => isMet(aim)).length
  return `# What the benches measured

By \`npm run bench -- all\` on ${new Date().toISOString().slice(0, 10)}; ${reports[0]?.machine}. Server, Redis,
PostgreSQL and load share the cores, so only what was measured side by side in one run can be compared: the ratios.
Figures are medians of rounds that were taken in turns. ${met} of ${aims.length} aims were met.

${reports.map(section).join('\n\n')}
`
}
