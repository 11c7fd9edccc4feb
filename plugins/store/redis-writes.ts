import type { Socket } from 'node:net'
import type { Cluster, Redis } from 'ioredis'

/**
 * Lets the commands of one turn of the event loop leave in one write. Each write is a system call that wakes Redis up,
 * which costs more than all the rest of a command: without this a server under load spends a third of its time there.
 * ioredis' own auto-pipelining does the same by queueing the commands, at the price of what it saves. To be called
 * before a command; a Cluster, whose connections ioredis hides, goes without.
 */
export function writeTogether(client: Redis | Cluster): void {
  const { stream } = client as { stream?: Socket }
  if (!stream || stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}
