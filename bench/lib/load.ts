import { connect, type Socket } from 'node:net'

export type Load = {
  base: string
  connections: number
  /** How long to go on, in ms. */
  duration_ms: number
  /** Method, path and body of the next request of a connection; null ends the connection. */
  next(connection: number, n: number): { method?: string; path: string; body?: string } | null
}

export type Outcome = {
  /** Answers with a status below 400, per second. */
  per_second: number
  /** How long each answer took, in ms. */
  took: number[]
  /** How many answers had another status, by status. */
  refused: Record<string, number>
}

const LENGTH = /content-length: *(\d+)/i
const END_OF_HEAD = '\r\n\r\n'

/**
 * Keeps `connections` HTTP/1.1 connections busy, each with one request at a time, for `duration_ms`. Written on bare
 * sockets, because a client that shares the cores with what it measures must cost as little as it can.
 */
export async function load({ base, connections, duration_ms, next }: Load): Promise<Outcome> {
  const { hostname, port, host } = new URL(base)
  const took: number[] = []
  const refused: Record<string, number> = {}
  let answered = 0
  const began = performance.now()
  const end = began + duration_ms

  const one = (connection: number) =>
    new Promise<void>((resolve, reject) => {
      const socket: Socket = connect(Number(port), hostname)
      let received = ''
      let sent = 0
      let count = 0

      const send = () => {
        const request = next(connection, count++)
        if (!request) return finish()
        const { method = 'POST', path, body = '' } = request
        const type = body ? 'Content-Type: application/json\r\n' : ''
        const length = method === 'GET' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
        sent = performance.now()
        socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${type}${length}\r\n${body}`)
      }
      socket.setNoDelay(true).setEncoding('latin1').once('connect', send)
      socket.on('error', reject)
      socket.on('data', (chunk: string) => {
        received += chunk
        const head = received.indexOf(END_OF_HEAD)
        if (head < 0) return
        const length = Number(LENGTH.exec(received.slice(0, head))?.[1] ?? 0)
        if (received.length < head + END_OF_HEAD.length + length) return
        const now = performance.now()
        const status = received.slice(9, 12)
        received = ''
        if (status < '400') answered++
        else refused[status] = (refused[status] ?? 0) + 1
        took.push(now - sent)
        if (now < end) send()
        else finish()
      })

      function finish() {
        socket.destroy()
        resolve()
      }
    })

  await Promise.all(Array.from({ length: connections }, (_, i) => one(i)))
  return { per_second: (answered * 1000) / (performance.now() - began), took, refused }
}
