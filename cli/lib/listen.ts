import { InvalidArgumentError } from 'commander'

/** `HOST:PORT`, `[::1]:PORT` or `:PORT` (no host: as configured otherwise). */
export function parseListen(text: string): { host?: string; port: string } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65_535) {
    throw new InvalidArgumentError('It must be HOST:PORT or :PORT, for example 0.0.0.0:3000.')
  }
  const host = bracketed ?? plain
  return host ? { host, port } : { port }
}
