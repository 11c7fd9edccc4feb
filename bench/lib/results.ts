import { isMet, type Report } from './report.ts'

/** Why an aim is missed, where that is understood; by the beginning of the bench's name. */
const REASONS: Record<string, string> = {}

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
export function toMarkdown(reports: Report[], seconds: number): string {
  const aims = reports.flatMap((report) => report.aims)
  const met = aims.filter((aim) => isMet(aim)).length
  return `# What the benches measured

By \`npm run bench -- all\`, in ${seconds} s, on ${new Date().toISOString().slice(0, 10)}; ${reports[0]?.machine}. Server, Redis,
PostgreSQL and load share the cores, so only what was measured side by side in one run can be compared: the ratios.
Figures are medians of rounds that were taken in turns. ${met} of ${aims.length} aims were met.

${reports.map(section).join('\n\n')}
`
}
