import { validationError } from '../../engine/errors.ts'

/** A place in a list: after the record of this epoch and id. */
export type Place = { epoch: number; id: string }

export const encodeCursor = ({ epoch, id }: Place): string =>
  Buffer.from(`${epoch}:${id}`).toString('base64url')

/** @throws DomainError VALIDATION_ERROR when the cursor is not one of ours */
export function decodeCursor(cursor: string): Place {
  const [, epoch, id] =
    /^(\d{1,15}):([\w.:-]{1,128})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (!epoch || !id)
    throw validationError([{ field: 'cursor', message: 'must be the next_cursor of an earlier page' }])
  return { epoch: Number(epoch), id }
}
