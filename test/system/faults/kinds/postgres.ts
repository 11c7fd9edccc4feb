import type { Fault } from './fault.ts'

export const postgresFaults: Fault[] = [
  {
    name: 'PostgreSQL down',
    what: 'postgres',
    short: true,
    async begin({ deployment: { postgres }, random }) {
      await postgres.kill(random.pick(['SIGQUIT', 'SIGINT']))
      return () => postgres.restart()
    },
  },
]
