import t from 'tap'
import { createNearCache } from '../../../plugins/store/near-cache.ts'
import { EPOCH, record } from '../../conformance/state-store/given.ts'

t.test('the least recently used records go first, by number and by length', async (t) => {
  const byNumber = createNearCache(2)
  for (const name of ['a', 'b']) byNumber.put(name, record(1))
  byNumber.get('a')
  byNumber.put('c', record(1))
  t.strictSame([byNumber.get('a'), byNumber.get('b'), byNumber.get('c')], [record(1), null, record(1)])

  const byLength = createNearCache(100, 10)
  const long = record(1, { document: '123456' })
  byLength.put('a', long)
  byLength.put('b', long)
  t.strictSame([byLength.get('a'), byLength.get('b')], [null, long])
  byLength.put('b', record(2, { document: '1' }))
  byLength.put('a', long)
  t.ok(byLength.get('b'), 'what was replaced is not counted any more')
  byLength.put('c', record(1, { document: '12345678901' }))
  t.strictSame(
    [byLength.get('a'), byLength.get('b'), byLength.get('c')],
    [null, null, null],
    'too long to be kept',
  )
})

t.test('an older record never takes the place of a newer one', async (t) => {
  const cache = createNearCache()
  cache.put('a', record(5))
  cache.put('a', record(4))
  cache.put('a', record(9, { epoch: EPOCH - 1 }))
  t.strictSame(cache.get('a'), record(5))
  cache.drop('a', { epoch: EPOCH, version: 4 })
  t.strictSame(cache.get('a'), record(5), 'nor does an older deletion')
  cache.put('a', record(1, { epoch: EPOCH + 1 }))
  t.equal(cache.get('a')?.epoch, EPOCH + 1)
  cache.drop('a', { epoch: EPOCH + 1, version: 2 })
  t.equal(cache.get('a'), null)
  cache.drop('b', { epoch: EPOCH, version: 1 })
  cache.put('a', record(1))
  cache.put('a', null)
  t.equal(cache.get('a'), null)
})
