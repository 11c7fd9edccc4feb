import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster, Redis } from 'ioredis'
import { storeUnavailable, unreadable } from './errors.ts'
import { writeTogether } from './redis-writes.ts'

export type Client = Redis | Cluster
export type Command = [name: string, ...args: (string | number)[]]

/** For how long a call whose reply was lost is repeated, in ms; the last try may take another second. */
const RETRY_MS = 2000
/** How long a call waits for a connection when it was not sent, in ms. */
const CONNECT_MS = 800
const PAUSE_MS = 25

/** Nothing was done, and the next try may well succeed. */
const REFUSED = /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS)\b/
/** Nothing was done, and it will not help to ask again at once. */
const REFUSED_FOR_LONG = /^(OOM|MISCONF|NOAUTH|WRONGPASS|NOPERM)\b/
const NOT_SENT = /enableOfflineQueue options is false/

/**
 * Calls that are repeated until they are answered or their time is over. Only for what may be done twice: reads, and
 * scripts that know their operation.
 */
export function createRedisCalls(client: Client) {
  let lost_at: number | null = client.status === 'ready' ? null : performance.now()
  const onReady = () => {
    lost_at = null
  }
  const onClose = () => {
    lost_at ??= performance.now()
  }
  client.on('ready', onReady).on('close', onClose)

  const repeated = async <T>(attempt: () => Promise<T>): Promise<T> => {
    const started_at = performance.now()
    // A server that has been away for longer than that is not waited for by every caller anew.
    let limit = lost_at !== null && started_at - lost_at > CONNECT_MS ? started_at : started_at + CONNECT_MS
    for (;;) {
      if (client.status === 'ready' || performance.now() >= limit) {
        try {
          return await attempt()
        } catch (error) {
          const { name, message } = error as Error
          if (name === 'ReplyError' && !REFUSED.test(message)) throw meaningOf(error as Error)
          if (name !== 'ReplyError' && !NOT_SENT.test(message)) limit = started_at + RETRY_MS
          if (performance.now() + PAUSE_MS >= limit) throw storeUnavailable(error)
        }
      }
      await pause(PAUSE_MS)
    }
  }

  const send = async (commands: Command[]): Promise<unknown[]> => {
    if (client.isCluster) {
      return Promise.all(commands.map(([name, ...args]) => client.call(name, ...args)))
    }
    const replies = await client.pipeline(commands as string[][]).exec()
    return (replies ?? []).map(([error, reply]) => {
      if (error) throw error
      return reply
    })
  }

  return {
    client,
    repeated,
    /** One command. */
    one: ([name, ...args]: Command): Promise<unknown> => repeated(() => client.call(name, ...args)),
    /** Many commands in one round trip (on a Cluster: one after the other down the wire of each node). */
    many: (commands: Command[]): Promise<unknown[]> =>
      commands.length === 0 ? Promise.resolve([]) : repeated(() => send(commands)),
    script: (script: Script, keys: string[], args: (string | number)[]): Promise<unknown> =>
      repeated(() => runScript(client, script, keys, args)),
    release(): void {
      client.off('ready', onReady).off('close', onClose)
    },
  }
}

export type RedisCalls = ReturnType<typeof createRedisCalls>

export type Script = { lua: string; sha: string }

export const scriptOf = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') })

/** A script of commands/. */
export const loadScript = (name: string): Script =>
  scriptOf(readFileSync(new URL(`./commands/${name}.lua`, import.meta.url), 'utf8'))

/** By its hash, and by its text when the server has forgotten it (a restart, a failover, SCRIPT FLUSH). */
export async function runScript(
  client: Client,
  { lua, sha }: Script,
  keys: string[],
  args: (string | number)[],
): Promise<unknown> {
  try {
    writeTogether(client)
    return await client.evalsha(sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
    return client.eval(lua, keys.length, ...keys, ...args)
  }
}

function meaningOf(error: Error): Error {
  if (REFUSED_FOR_LONG.test(error.message)) return storeUnavailable(error)
  // A key of another type than ours: foreign data under our names.
  return error.message.startsWith('WRONGTYPE') ? unreadable(error) : error
}
