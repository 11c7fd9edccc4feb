import { randomUUID } from 'node:crypto'
import { until } from '../../../helpers/until.ts'
import type { Fault } from './fault.ts'

export const postgresFaults: Fault[] = [
  {
    name: 'PostgreSQL down',
    what: 'postgres',
    short: true,
    async begin({ deployment: { postgres, instances }, random }) {
      await postgres.kill(random.pick(['SIGQUIT', 'SIGINT']))
      const url = `${random.pick(instances).base}/v1/sessions/${randomUUID()}/history`
      await until(
        () => fetch(url).then(({ status }) => status),
        (status) => status === 503,
      )
      return () => postgres.restart()
    },
  },
]
