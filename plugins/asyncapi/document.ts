import { VERSION } from '../http/version.ts'
import { createChannels, createOperations } from './channels.ts'
import { createMessages } from './messages.ts'
import { createComponents } from './schemas.ts'

const DESCRIPTION = `Changes as they happen, over WebSockets and Server-Sent Events. What is asked and answered over HTTP is
described at /docs.`

const server = (protocol: string, description: string) => ({
  host: '{host}',
  protocol,
  description,
  variables: { host: { default: '127.0.0.1:3000', description: 'Where this server is reached' } },
  security: [{ $ref: '#/components/securitySchemes/bearer' }],
})

/** The AsyncAPI 3 document, out of the schemas that the messages are checked with. */
export function createDocument() {
  const components = createComponents()
  const messages = createMessages(components)
  const channels = createChannels(components, Object.keys(messages))
  return {
    asyncapi: '3.0.0',
    id: 'urn:synckairos',
    info: {
      title: 'SyncKairos',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      websocket: server('ws', 'wss where something in front of the server ends TLS'),
      http: server('http', 'Server-Sent Events; https where something in front of the server ends TLS'),
    },
    channels,
    operations: createOperations(channels),
    components: {
      schemas: components.schemas,
      messages,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'One of AUTH_TOKENS, where reading needs one (AUTH_READS)',
        },
      },
    },
  }
}
