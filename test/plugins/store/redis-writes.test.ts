import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { writeTogether } from '../../../plugins/store/redis-writes.ts'

/** A Redis of sorts that answers every command with OK, and the commands it got with each packet. */
async function scripted(t: Test) {
  const packets: number[] = []
  const server = createServer((socket: Socket) => {
    socket.on('data', (chunk) => {
      const commands = chunk.toString().match(/^\*/gm)?.length ?? 0
      packets.push(commands)
      socket.write('+OK\r\n'.repeat(commands))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new Redis({ port, host: '127.0.0.1', enableReadyCheck: false, disableClientInfo: true })
  await once(client, 'ready')
  t.teardown(() => {
    client.disconnect()
    server.close()
  })
  return { client, packets }
}

t.test('the commands of one turn of the event loop leave together', async (t) => {
  const { client, packets } = await scripted(t)
  packets.length = 0
  const all = Array.from({ length: 20 }, async (_, i) => {
    await Promise.resolve()
    writeTogether(client)
    return client.set(`key${i}`, i)
  })
  t.strictSame(new Set(await Promise.all(all)), new Set(['OK']))
  t.strictSame(packets, [20])
})

t.test('it goes on in the next turn, and without a connection it does nothing', async (t) => {
  const { client, packets } = await scripted(t)
  packets.length = 0
  for (let i = 0; i < 2; i++) {
    writeTogether(client)
    await client.set('key', i)
  }
  t.strictSame(packets, [1, 1])
  const idle = new Redis({ lazyConnect: true })
  t.doesNotThrow(() => writeTogether(idle))
  idle.disconnect()
})
