/** An error as plain data: what log lines and reports hold. */
export interface ErrorFields {
  readonly name: string
  readonly code?: string
  readonly message: string
  /** Only of errors without a code: those are bugs, and the stack says where. */
  readonly stack?: string
  /** What caused it, nearest first. */
  readonly causes?: readonly ErrorFields[]
  /** Members of an AggregateError. */
  readonly errors?: readonly ErrorFields[]
}

/** Deeper chains, and cycles, are cut here. */
const CAUSES_MAX = 8

/** Reads any thrown value. Bound values and secrets are kept out by those who write messages, not here. */
export function errorFields(error: unknown): ErrorFields {
  const causes = causeChain(error).map(ownFields)
  return causes.length === 0 ? ownFields(error) : { ...ownFields(error), causes }
}

/** The causes of an error, nearest first; at most eight, none twice. */
export function causeChain(error: unknown): unknown[] {
  const chain: unknown[] = []
  let current = error
  while (current instanceof Error && current.cause !== undefined && chain.length < CAUSES_MAX) {
    current = current.cause
    if (current === error || chain.includes(current)) break
    chain.push(current)
  }
  return chain
}

/** The `code` of a coded error of ours, of Node's or of a driver's; null for others. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' || typeof error.code === 'number' ? String(error.code) : null
}

function ownFields(error: unknown): ErrorFields {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) }
  const code = errorCode(error)
  const stack = code === null && error.stack !== undefined ? { stack: error.stack } : {}
  const errors = error instanceof AggregateError ? { errors: error.errors.slice(0, CAUSES_MAX).map(ownFields) } : {}
  return { name: error.name, ...(code === null ? {} : { code }), message: error.message, ...stack, ...errors }
}
