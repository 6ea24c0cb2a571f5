import { randomBytes } from 'node:crypto'
import { ErrorCode } from '@zdmkit/protocol'
import type { CellValue, ColumnInput } from './cell.ts'
import { type Reply, type RowsOptions, reply } from './reply.ts'
import type { ReceivedRequest } from './request.ts'

/** Rows that are served page by page. */
export interface PagesOptions extends Omit<RowsOptions, 'pagingState'> {
  columns: readonly ColumnInput[]
  /** The rows of each page; a page may be empty, as those of real servers may. */
  pages: readonly (readonly (readonly CellValue[])[])[]
}

/**
 * Answers with one page after the other. The paging states are this server's: one that comes from elsewhere gets the
 * error that servers give for bytes they cannot read.
 */
export function servePages(serverName: string, options: PagesOptions): (request: ReceivedRequest) => Reply {
  const { columns, pages, ...place } = options
  const key = `${serverName}/${randomBytes(6).toString('hex')}/`
  return (request) => {
    const state = 'parameters' in request.message ? request.message.parameters.pagingState : undefined
    const index = state === undefined ? 0 : readIndex(state, key)
    const page = index === null ? undefined : pages[index]
    if (index === null || page === undefined) {
      return reply.error(ErrorCode.PROTOCOL_ERROR, 'Invalid value for the paging state')
    }
    const pagingState = index + 1 < pages.length ? Buffer.from(`${key}${index + 1}`) : null
    return reply.rows(columns, page, { ...place, pagingState })
  }
}

function readIndex(state: Buffer, key: string): number | null {
  const text = state.toString('latin1')
  return text.startsWith(key) ? Number.parseInt(text.slice(key.length), 10) : null
}
