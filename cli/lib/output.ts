import Table from 'cli-table3'
import { printable } from './format.ts'

export function writeLine(text: string) {
  process.stdout.write(`${text}\n`)
}

/** To people, beside what a script reads from the output. */
export function note(text: string) {
  process.stderr.write(`synckairos: ${text}\n`)
}

export function writeJson(value: unknown) {
  writeLine(JSON.stringify(value))
}

const EMPTY = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Columns that line up, without lines around them; what a cell holds is made harmless first. */
export function writeTable(head: string[], rows: unknown[][]) {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
  const table = new Table({ head, chars: EMPTY, style })
  table.push(...rows.map((row) => row.map((cell) => printable(cell ?? '-'))))
  writeLine(withoutTrailingBlanks(table.toString()))
}

/** Names and values below each other. */
export function writeFields(fields: [name: string, value: unknown][]) {
  const width = Math.max(...fields.map(([name]) => name.length))
  for (const [name, value] of fields) {
    if (value !== null && value !== undefined && value !== '')
      writeLine(`${name.padEnd(width)}  ${printable(value)}`)
  }
}

const withoutTrailingBlanks = (text: string) => text.replace(/ +$/gm, '')
