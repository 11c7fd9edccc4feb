import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createFeed } from '../../../plugins/runs/feed.ts'

const message = (n: number, data = '') =>
  JSON.stringify({ id: `1-${n}-r`, type: 'test_progress', version: n, data })

function reader() {
  const got: string[] = []
  return {
    got,
    take: ({ text }: { text: Buffer }) => void got.push(String(JSON.parse(text.toString()).version)),
    reset: (latest: string | null) => void got.push(`reset ${latest}`),
  }
}

t.test('a reader gets what comes, in order, until it leaves', async (t) => {
  const feed = createFeed(10)
  const one = reader()
  feed.add(message(1))
  const leave = feed.join(one)
  t.match(feed.add(`${message(2)}\n${message(3)}`), [{ version: 2 }, { version: 3 }])
  feed.add(message(3))
  leave()
  feed.add(message(4))
  t.strictSame(one.got, ['2', '3'], 'a message that comes twice is one')
  t.equal(feed.latest, '1-4-r')
})

t.test('with the id of its last message a reader gets what followed', async (t) => {
  const feed = createFeed(3)
  for (let n = 1; n <= 5; n++) feed.add(message(n))
  const from = (id: string) => {
    const one = reader()
    feed.join(one, id)
    return one.got
  }
  t.strictSame(from('1-3-r'), ['4', '5'])
  t.strictSame(from('1-5-r'), [])
  t.strictSame(from('1-2-r'), ['reset 1-5-r'], 'no longer known')
  t.strictSame(from('9-9-r'), ['reset 1-5-r'])
})

t.test('after a gap everybody starts anew', async (t) => {
  const feed = createFeed(10)
  const one = reader()
  feed.add(message(1))
  feed.join(one, '1-1-r')
  feed.gap()
  t.equal(feed.latest, null)
  feed.add(message(2))
  t.strictSame(one.got, ['reset null', '2'])
  const late = reader()
  feed.join(late, '1-1-r')
  t.strictSame(late.got, ['reset 1-2-r'], 'what was before it is not replayed')
})

t.test('the bytes of a message are there once, for both kinds of readers', async (t) => {
  const feed = createFeed(10)
  const head = 'id: 1-1-r\ndata: '
  feed.join({
    take({ text, event }) {
      t.equal(text.toString(), message(1, 'ü'))
      t.equal(event.toString(), `${head}${text}\n\n`)
      t.equal(text.byteOffset, event.byteOffset + head.length)
    },
    reset: () => t.fail('nothing was missed'),
  })
  feed.add(message(1, 'ü'))
})

t.test('what is kept is bounded in bytes, too', async (t) => {
  const feed = createFeed(1000)
  for (let n = 1; n <= 20; n++) feed.add(message(n, 'x'.repeat(1_000_000)))
  const one = reader()
  feed.join(one, '1-3-r')
  feed.join(one, '1-19-r')
  t.strictSame(one.got, ['reset 1-20-r', '20'])
})

t.test('many readers are served in slices, and each gets all of it in order', async (t) => {
  const feed = createFeed(4)
  const many = Array.from({ length: 1200 }, reader)
  for (const each of many) feed.join(each)
  feed.add(message(1))
  t.strictSame([many[0]?.got, many.at(-1)?.got], [['1'], []], 'the last ones have to wait')
  const joined = reader()
  feed.join(joined)
  for (let n = 2; n <= 3; n++) feed.add(message(n))
  for (let i = 0; i < 10; i++) await setImmediate()
  t.ok(many.every(({ got }) => got.join() === '1,2,3'))
  t.strictSame(joined.got, ['2', '3'])

  feed.add(message(4))
  for (let n = 5; n <= 12; n++) feed.add(message(n))
  for (let i = 0; i < 10; i++) await setImmediate()
  t.strictSame(many[0]?.got.slice(3), ['4', 'reset 1-12-r'])
  t.strictSame(many.at(-1)?.got.slice(3), ['reset 1-12-r'], 'who is left behind is told so')
})

/** Takes what it is given at once, but only says so when told to. */
function slowReader() {
  const got: string[] = []
  const waiting: (() => void)[] = []
  return {
    got,
    waiting,
    take({ text }: { text: Buffer }, done?: () => void) {
      got.push(String(JSON.parse(text.toString()).version))
      if (done) waiting.push(done)
    },
    reset: (latest: string | null) => void got.push(`reset ${latest}`),
  }
}

const filled = (kept_events = 100) => {
  const feed = createFeed(kept_events)
  for (let n = 1; n <= 9; n++) feed.add(message(n, 'x'.repeat(30_000)))
  return feed
}

t.test('who comes back is given the past no faster than it takes it, and then the present', async (t) => {
  const feed = filled()
  const slow = slowReader()
  const other = reader()
  feed.join(slow, '1-1-r')
  feed.join(other)
  t.strictSame(slow.got, ['2', '3', '4'])
  feed.add(message(10))
  t.strictSame(other.got, ['10'], 'nobody else waits for it')
  t.equal(slow.got.length, 3)
  for (let done = slow.waiting.shift(); done; done = slow.waiting.shift()) done()
  feed.add(message(11))
  t.strictSame(slow.got, ['2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
  t.strictSame(other.got, ['10', '11'])
})

t.test('who is overtaken on the way starts anew, and who leaves is given nothing more', async (t) => {
  const feed = filled(9)
  const overtaken = slowReader()
  const gone = slowReader()
  const cut = slowReader()
  feed.join(overtaken, '1-1-r')
  const leave = feed.join(gone, '1-1-r')
  for (let n = 10; n <= 30; n++) feed.add(message(n))
  leave()
  for (const each of [overtaken, gone]) each.waiting.shift()?.()
  feed.add(message(31))
  t.strictSame(overtaken.got, ['2', '3', '4', 'reset 1-30-r', '31'])
  t.strictSame(gone.got, ['2', '3', '4'])

  const another = filled()
  another.join(cut, '1-1-r')
  another.gap()
  another.add(message(10))
  t.strictSame(cut.got, ['2', '3', '4', 'reset null'])
  cut.waiting.shift()?.()
  t.strictSame(cut.got.slice(3), ['reset null', '10'])
})

t.test('a reader that throws holds up nobody', async (t) => {
  const feed = createFeed(10)
  let calls = 0
  const broken = {
    take() {
      calls++
      throw new Error('no')
    },
    reset() {},
  }
  const one = reader()
  feed.join(broken)
  feed.join(one)
  feed.add(message(1))
  feed.add(message(2))
  t.strictSame(one.got, ['1', '2'])
  t.equal(calls, 1)
})
