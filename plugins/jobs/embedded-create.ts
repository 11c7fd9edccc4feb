import { openPglite } from './pglite.ts'

// A program: makes a new database in the folder that it is given.
const database = await openPglite(process.argv[2] as string)
await database.close()
