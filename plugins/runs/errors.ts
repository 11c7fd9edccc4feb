import { DomainError } from '../../engine/errors.ts'

export const runNotFound = (id: string) =>
  new DomainError('not_found', 'RUN_NOT_FOUND', `Run ${id} does not exist; it may have outlived its end`)
