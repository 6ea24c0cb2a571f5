import type { Verdict } from './expectation.ts'
import { operationText } from './ledger-entry.ts'

/** What is wrong with a row, for people: no values. */
export function verdictText({ kind, write, columns, shownOperation }: Verdict): string {
  const where = columns.length > 0 ? ` in ${columns.join(', ')}` : ''
  const instead = shownOperation === null ? '' : `, showing the value of operation ${shownOperation}`
  return `${kind}${where} after ${operationText(write)}${instead}`
}
