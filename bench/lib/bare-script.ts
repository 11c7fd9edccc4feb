/** The least that a change of a session has to do in Redis: write a document. */
export const BARE_SCRIPT = "return redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)"
