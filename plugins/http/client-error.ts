import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { requestId } from './request-id.ts'

type ClientError = Error & { code?: string }

const ANSWERS: Record<string, { status: number; code: string; message: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'REQUEST_TIMEOUT',
    message: 'The request did not arrive in time',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The request headers are too large',
  },
}
const MALFORMED = { status: 400, code: 'VALIDATION_ERROR', message: 'The request is not valid HTTP' }

/** Answers what is not HTTP, or did not arrive in time, and ends the connection. No hook sees such a request. */
export function answerClientError(error: ClientError, socket: Socket): void {
  // `_httpMessage` is an answer that has begun on this connection; writing into it would garble it.
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent: boolean } }
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy()
    return
  }
  const { status, code, message } = ANSWERS[error.code ?? ''] ?? MALFORMED
  const id = requestId({ headers: {} })
  const body = JSON.stringify({ error: { code, message, request_id: id } })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
