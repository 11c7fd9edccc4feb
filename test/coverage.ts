import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, relative } from 'node:path'

type Count = { total: number; covered: number }
type FileCoverage = Record<Measure, Count>
type Measure = (typeof MEASURES)[number]

/** One row of the table; `ok` where a rule is about it. */
export type CoverageRow = { name: string; text: string; ok?: boolean }

const MEASURES = ['lines', 'branches', 'functions', 'statements'] as const
const UNCOUNTED = ['node_modules', '.tap', '.git', 'data', 'dist', 'test', 'bench']
const PURE = 'engine/'
const REST_LINES_PCT = 90

/**
 * Holds the coverage of a whole run against the rules: engine/ entirely, everything else together above 90 % of the
 * lines. `summary` is the path of istanbul's json-summary; a file with code that no test loaded counts as uncovered, but
 * for the folders of which `unjudged` is the beginning: what they need was not there.
 */
export function checkCoverage(root: string, summary: string, unjudged: string[] = []): CoverageRow[] {
  const files = readSummary(root, summary)
  for (const file of sourceFiles(root)) {
    if (!files.has(file) && hasCode(join(root, file))) files.set(file, uncovered(join(root, file)))
  }
  const pure = [...files].filter(([file]) => file.startsWith(PURE))
  const rest = [...files].filter(([file]) => !file.startsWith(PURE))
  const judged = rest.filter(([file]) => !unjudged.some((folder) => file.startsWith(folder)))
  const lines = percent(judged, 'lines')
  return [
    ...pure.filter(([, file]) => !isFull(file)).map(([name, file]) => row(name, [[name, file]])),
    row(PURE, pure, pure.length > 0 && pure.every(([, file]) => isFull(file))),
    ...folders(rest).map(([name, group]) => row(name, group)),
    row(`all but ${[PURE, ...unjudged].join(', ')}`, judged, lines > REST_LINES_PCT),
  ]
}

function readSummary(root: string, path: string): Map<string, FileCoverage> {
  const all = JSON.parse(readFileSync(path, 'utf8')) as Record<string, FileCoverage>
  const files = Object.entries(all).filter(([file]) => file !== 'total')
  return new Map(files.map(([file, counts]) => [relative(root, file), counts]))
}

function sourceFiles(root: string): string[] {
  return globSync('**/*.ts', { cwd: root, exclude: (name) => UNCOUNTED.includes(name) })
}

/** Types alone leave nothing to run, so such a file is never loaded. */
function hasCode(path: string): boolean {
  const script = stripTypeScriptTypes(readFileSync(path, 'utf8'))
  return script.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').trim() !== ''
}

function uncovered(path: string): FileCoverage {
  const lines = { total: readFileSync(path, 'utf8').split('\n').length, covered: 0 }
  return { lines, statements: lines, branches: { total: 1, covered: 0 }, functions: { total: 1, covered: 0 } }
}

function folders(files: [string, FileCoverage][]): [string, [string, FileCoverage][]][] {
  const groups = Object.groupBy(files, ([file]) => (file.includes('/') ? `${file.split('/')[0]}/` : file))
  return Object.entries(groups).map(([name, group]) => [name, group ?? []])
}

function isFull(file: FileCoverage): boolean {
  return MEASURES.every((measure) => file[measure].covered === file[measure].total)
}

function percent(files: [string, FileCoverage][], measure: Measure): number {
  const total = files.reduce((sum, [, file]) => sum + file[measure].total, 0)
  const covered = files.reduce((sum, [, file]) => sum + file[measure].covered, 0)
  return total === 0 ? 0 : (100 * covered) / total
}

function row(name: string, files: [string, FileCoverage][], ok?: boolean): CoverageRow {
  const figures = MEASURES.map((measure) => `${percent(files, measure).toFixed(1).padStart(5)} % ${measure}`)
  return { name, text: figures.join('  '), ...(ok === undefined ? {} : { ok }) }
}
