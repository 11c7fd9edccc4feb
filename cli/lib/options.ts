import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from './duration.ts'

export const DEFAULT_SERVER = 'http://127.0.0.1:3000'

export type ServerOptions = { server?: string; serverAuth?: string }

/** --server and --server-auth, each with its environment variable. */
export function withServer(command: Command, fallback?: string): Command {
  const server = new Option('--server <url>', 'address of the server').env('SYNCKAIROS_SERVER').argParser(url)
  if (fallback !== undefined) server.default(fallback)
  return command
    .addOption(server)
    .addOption(
      new Option('--server-auth <token>', 'bearer token').env('SYNCKAIROS_SERVER_AUTH').argParser(token),
    )
}

/** --network, --run-id and --label, which say what a run is. */
export function withRun(command: Command): Command {
  return command
    .option('--network <name>', 'network that the run belongs to', 'unknown')
    .addOption(repeated('--label <key=value>', 'label of the run; may be repeated'))
    .option(
      '--run-id <id>',
      'name of the run (letters, digits, ._:-); a run of this name that has not ended is continued',
      runId,
    )
}

/** An option that collects key=value pairs. */
export function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser(label).default({}, 'none')
}

/** An option that is a time; `fallback` as one would type it. */
export function time(flags: string, description: string, fallback: string): Option {
  return new Option(flags, description).argParser(duration).default(duration(fallback), fallback)
}

export function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('It must be an http:// or https:// address.')
  }
  return text.replace(/\/+$/, '')
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === null || ms <= 0)
    throw new InvalidArgumentError('It must be a time such as 500ms, 10s, 90m or 1h30m.')
  return ms
}

export function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.')
  return value
}

export function ratio(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number such as 1.1.')
  return Number(text)
}

export function label(text: string, labels: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must be key=value.')
  return { ...labels, [text.slice(0, at)]: text.slice(at + 1) }
}

function runId(text: string): string {
  if (!/^[A-Za-z0-9._:-]{1,128}$/.test(text)) {
    throw new InvalidArgumentError('It must have 1 to 128 letters, digits or ._:- characters.')
  }
  return text
}

/** A header takes no line break, and a token with one was copied wrongly. */
function token(text: string): string {
  const trimmed = text.trim()
  if (!/^[\x21-\x7e]+$/.test(trimmed)) throw new InvalidArgumentError('It must be one word without blanks.')
  return trimmed
}
