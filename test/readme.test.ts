import t from 'tap'
import { readme, withConfiguration } from './readme.ts'

t.test('README.md lists every setting as the code has it', async (t) => {
  t.equal(readme(), withConfiguration(readme()), 'write it anew by: node test/readme.ts')
})
