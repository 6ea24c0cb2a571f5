import { ErrorCode } from '@zdmkit/protocol'
import { admit, type Patch, sendAdmitted } from '../client/forward.ts'
import { RefusedByCluster } from '../login/identity.ts'
import { BOTH, type Destination } from '../routing/route.ts'
import { errorOutcomeOf } from '../settle/error-outcome.ts'
import type { Request } from '../settle/request.ts'
import { ORIGIN, type Side, TARGET } from '../side.ts'
import { PrepareRefused, prepareOn } from './prepare-on.ts'

/**
 * Sends `request`, after its statements have been prepared on every cluster that does not have them yet: one that joined the
 * routing after the client's PREPARE. Counts as in flight meanwhile, so that a change of routing waits for it.
 */
export function prepareFirst(request: Request, destination: Destination, patch: Patch | null): void {
  const entries = request.entry ? [request.entry] : (request.batchEntries ?? [])
  const sides: readonly Side[] = destination === BOTH ? [ORIGIN, TARGET] : [destination]
  admit(request)
  const missing = sides.flatMap((side) =>
    entries.filter((entry) => entry.ids[side] === null).map((entry) => ({ side, entry })),
  )
  if (missing.length === 0) {
    sendAdmitted(request, destination, patch)
    return
  }
  Promise.all(missing.map(({ side, entry }) => prepareOn(request.client, side, entry))).then(
    () => {
      if (!request.isAnswered) sendAdmitted(request, destination, patch)
    },
    (cause: unknown) => {
      if (cause instanceof PrepareRefused) {
        const { code, message } = errorOutcomeOf(cause.answer)
        request.client.answerError(request, code, `${cause.message}: ${message}`)
      } else if (cause instanceof RefusedByCluster) {
        // Of the keyspace that it was prepared in.
        request.client.answerError(request, cause.serverCode, cause.message)
      } else {
        const message = cause instanceof Error ? cause.message : String(cause)
        request.client.answerError(
          request,
          ErrorCode.OVERLOADED,
          `the statement could not be prepared: ${message}; nothing was sent`,
        )
      }
    },
  )
}
