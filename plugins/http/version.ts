/** Of this server, as in package.json. */
export const VERSION = '2.0.0'
