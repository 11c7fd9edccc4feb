import helmet from '@fastify/helmet'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ROUTES } from '../../dashboard/routes.ts'
import { sendAsset } from './send.ts'
import type { PageRoute } from './site.ts'
import { createSites } from './sites.ts'

export const DashboardConfigSchema = Type.Object({
  DASHBOARD: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether this server has pages to look at sessions and runs; off: the API alone',
    examples: ['off'],
  }),
})

type Options = Partial<Static<typeof DashboardConfigSchema>> & {
  /** For tests: other files than those of the project. */
  root?: string
  routes?: PageRoute[]
}

/** When the pages are made unless somebody asks earlier, in ms after the start: the first look is not to wait for it. */
const PREPARE_AFTER_MS = 500

const ROOT = new URL('../../', import.meta.url).href

/** A page is many files, and the first waits for them to be made: neither rates nor durations mean anything here. */
const config = { quiet: true, rateLimit: false, stream: true } as const

/** The pages at /, and under /assets all that they are made of. What they show comes from the API like for any client. */
const plugin: FastifyPluginAsync<Options> = async (
  app,
  { DASHBOARD = 'on', root = ROOT, routes = ROUTES },
) => {
  if (DASHBOARD === 'off') return
  const sites = createSites({ root, routes: [...routes] }, app.clock)

  // What protects a document means nothing on JSON or a script, and composing it takes longer than most routes do.
  await app.register(async (pages) => {
    // Each page has a policy of its own; HSTS belongs to whoever ends TLS, which is not this server.
    await pages.register(helmet, { contentSecurityPolicy: false, strictTransportSecurity: false })
    for (const { path } of routes) {
      pages.get(path, { config }, async (request, reply) => {
        const page = await sites.page(path)
        return page ? sendAsset(request, reply, page) : reply.callNotFound()
      })
    }
  })
  app.get('/assets/:hash/*', { config }, async (request, reply) => {
    const asset = await sites.asset(pathOf(request))
    return asset ? sendAsset(request, reply, asset) : reply.callNotFound()
  })

  let cancel = () => {}
  app.addHook('onListen', async () => {
    const prepare = () => sites.page('/').catch((err) => app.log.error({ err }, 'the pages cannot be made'))
    cancel = app.clock.at(app.clock.now() + PREPARE_AFTER_MS, prepare)
  })
  app.addHook('preClose', async () => cancel())
}

const pathOf = ({ url }: FastifyRequest) => url.split('?', 1)[0] as string

export default fp(plugin, { name: 'dashboard', dependencies: ['clock', 'errors'] })
