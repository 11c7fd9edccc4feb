import t from 'tap'
import { BODY_DEPTH, checkBody, checkFreeForm, FREE_FORM_DEPTH } from '../../engine/json.ts'

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

t.test('free-form JSON that comes back as it went in has no problems', async (t) => {
  const rows = [
    {},
    { a: [1, -2.5, true, null, 'é😀', { b: [] }] },
    { n: Number.MAX_SAFE_INTEGER },
    nested(FREE_FORM_DEPTH),
  ]
  for (const value of rows) t.strictSame(checkFreeForm(value, 'metadata'), [])
})

t.test('free-form JSON that would not is named, place by place', async (t) => {
  const rows: [string, string, RegExp][] = [
    ['{"__proto__":{"x":1}}', 'metadata.__proto__', /not allowed as a name/],
    ['{"a":{"constructor":1}}', 'metadata.a.constructor', /not allowed as a name/],
    ['{"a":[{"prototype":1}]}', 'metadata.a.0.prototype', /not allowed as a name/],
    ['{"a":"\\u0000"}', 'metadata.a', /U\+0000/],
    ['{"\\u0000":1}', 'metadata.\0', /U\+0000/],
    ['{"a":"\\ud800"}', 'metadata.a', /well-formed/],
    ['{"\\udc00":1}', 'metadata.\udc00', /well-formed/],
    ['{"a":9007199254740992}', 'metadata.a', /2\^53/],
    ['{"a":-1e300}', 'metadata.a', /2\^53/],
    ['{"a":1e999}', 'metadata.a', /finite/],
  ]
  for (const [text, field, message] of rows) {
    t.match(checkFreeForm(JSON.parse(text), 'metadata'), [{ field, message }], text)
  }
  t.match(checkFreeForm(nested(FREE_FORM_DEPTH + 1), 'metadata'), [
    { field: 'metadata', message: /32 levels/ },
  ])
  t.equal(checkFreeForm({ a: '\0', b: ['\0'] }, 'm').length, 2)
})

t.test('of a whole body only its names and its depth are looked at', async (t) => {
  t.strictSame(checkBody(JSON.parse('{"a":"\\u0000","n":1e999,"constructor":{"a":1},"prototype":1}')), [])
  t.match(checkBody(JSON.parse('{"a":{"__proto__":1}}')), [{ field: 'a.__proto__' }])
  t.match(checkBody(JSON.parse('{"constructor":{"prototype":null}}')), [{ field: 'constructor' }])
  t.strictSame(checkBody(nested(BODY_DEPTH)), [])
  t.match(checkBody(nested(BODY_DEPTH + 1)), [{ field: '', message: /64 levels/ }])
  t.match(checkBody(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))), [
    { field: '', message: /64 levels/ },
  ])
})
