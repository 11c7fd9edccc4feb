import { type Static, Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { DomainError } from '../engine/errors.ts'
import { chooseProtocol, tokenOfProtocols } from './auth-subprotocol.ts'
import { createTokens } from './auth-tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    auth: Auth
  }
}

export type Auth = {
  /** Whether tokens are configured; without any, everything is open. */
  readonly enabled: boolean
  /** Whether this token opens mutations. Takes as long for a wrong token as for a right one. */
  accepts(token: string): boolean
  /** An onRequest hook for routes that change something; throws 'unauthorised'. */
  requireToken(request: FastifyRequest): Promise<void>
  /** The same for routes that only read, where it asks for a token only when AUTH_READS says so. */
  requireReadToken(request: FastifyRequest): Promise<void>
  /** For what stays open: tells, as often as it is asked, whether a reader with this token would be let in now. */
  standing(request: FastifyRequest): () => boolean
  /** Which of the subprotocols that a WebSocket offers is agreed on; false for none. */
  chooseProtocol(offered: ReadonlySet<string>): string | false
}

export const AuthConfigSchema = Type.Object({
  AUTH_TOKENS: Type.Optional(
    Type.String({
      format: 'token-list',
      description:
        'Bearer tokens, comma-separated, one of which every mutation needs; none: open to everyone',
      examples: ['kM3vQ8xR2tY7wB5nZ1pL'],
    }),
  ),
  AUTH_TOKENS_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'File with more such tokens, one per line; changes take effect within a second',
      examples: ['/run/secrets/tokens'],
    }),
  ),
  AUTH_READS: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1,
    description: '1: reading sessions and runs needs a token too',
    examples: [0],
  }),
})

/** How often the file is looked at, in ms. */
const REFRESH_INTERVAL_MS = 1000

const plugin: FastifyPluginAsync<Partial<Static<typeof AuthConfigSchema>>> = async (app, options) => {
  const { AUTH_TOKENS: list = '', AUTH_TOKENS_FILE: file } = options
  const tokens = createTokens(list, file)
  // A file that is empty opens nothing: whoever names one wants tokens to be asked for.
  const enabled = list.split(',').some((token) => token.trim() !== '') || file !== undefined
  const guarded = enabled && options.AUTH_READS === 1
  await tokens.refresh()

  const requireToken: Auth['requireToken'] = async (request) => {
    if (!enabled) return
    const token = tokenOf(request)
    if (token === undefined) {
      throw new DomainError(
        'unauthorised',
        'UNAUTHORIZED',
        'This needs the header "Authorization: Bearer TOKEN"',
      )
    }
    if (!tokens.has(token)) throw new DomainError('unauthorised', 'UNAUTHORIZED', 'This token is not known')
  }

  app.decorate('auth', {
    enabled,
    accepts: tokens.has,
    requireToken,
    requireReadToken: guarded ? requireToken : async () => {},
    standing(request) {
      if (!guarded) return () => true
      const token = tokenOf(request)
      let revision = -1
      let holds = true
      return () => {
        if (revision !== tokens.revision) holds = token !== undefined && tokens.has(token)
        revision = tokens.revision
        return holds
      }
    },
    chooseProtocol,
  })

  if (file !== undefined) {
    const refresh = () =>
      tokens.refresh().catch((err) => app.log.error({ err, file }, 'the tokens stay as they were'))
    app.addHook('onClose', async () => stop())
    const stop = app.clock.every(REFRESH_INTERVAL_MS, refresh)
  }

  app.addHook('onListen', async () => {
    const addresses = app.addresses().map((each) => (typeof each === 'string' ? each : each.address))
    const open = addresses.filter((address) => !isLoopback(address))
    if (enabled || open.length === 0) return
    app.log.warn({ addresses: open }, 'whoever reaches this server can change everything: set AUTH_TOKENS')
  })
}

/** A page behind a proxy's own login comes with an Authorization that is not ours. */
function tokenOf({ headers }: FastifyRequest): string | undefined {
  const [, token] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  return token ?? tokenOfProtocols(headers['sec-websocket-protocol'])
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./i.test(address)
}

export default fp(plugin, { name: 'auth', dependencies: ['clock', 'errors'] })
