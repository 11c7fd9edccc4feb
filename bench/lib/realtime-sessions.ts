import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { post } from './server.ts'

/** Creates and starts a session whose clocks outlast the bench; answers its id. */
export async function startSession(base: string, participants: number, metadata?: object): Promise<string> {
  const session_id = randomUUID()
  await post(base, '/v1/sessions', {
    session_id,
    sync_mode: 'per_participant',
    participants: Array.from({ length: participants }, (_, participant_index) => ({
      participant_id: randomUUID(),
      participant_index,
      total_time_ms: 86_400_000,
    })),
    ...(metadata && { metadata }),
  })
  await post(base, `/v1/sessions/${session_id}/start`)
  return session_id
}

/** Starts one of whose changes the sockets are told in about so many bytes; no fewer than a session needs. */
export async function startSessionOf(base: string, bytes: number): Promise<{ id: string; bytes: number }> {
  const lean = await leanest(base)
  const pad = 'x'.repeat(Math.max(0, bytes - lean))
  const id = await startSession(base, 1, { pad })
  return { id, bytes: lean + pad.length }
}

let lean_bytes: Promise<number> | null = null

function leanest(base: string): Promise<number> {
  lean_bytes ??= startSession(base, 1, { pad: '' }).then((id) => messageBytes(base, id))
  return lean_bytes
}

async function messageBytes(base: string, id: string): Promise<number> {
  const { data } = await (await fetch(`${base}/v1/sessions/${id}`)).json()
  const message = { type: 'STATE_UPDATE', sessionId: id, timestamp: Date.now(), version: 10, state: data }
  return Buffer.byteLength(JSON.stringify(message))
}

const agent = new Agent({ keepAlive: true })

/** POSTs nothing over a connection that stays; resolves with the answer's end. */
export function poke(base: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(`${base}${path}`, { method: 'POST', agent }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`POST ${path}: ${response.statusCode}`))
      })
    })
    call.once('error', reject).end()
  })
}
