import { messageOffset, Reader } from '@zdmkit/protocol'
import type { ResponseFrame } from '@zdmkit/transport'
import type { Outcome } from './settle.ts'

/** Longest part of a server's message that goes into ours. */
const MESSAGE_CHARS_MAX = 300

/** What an ERROR that was asked for by the proxy itself says. */
export function errorOutcomeOf(answer: ResponseFrame): Outcome & { kind: 'error' } {
  const header = Buffer.from([0x80 | answer.version, answer.flags, 0, 0, answer.opcode, 0, 0, 0, 0])
  return errorOutcome(Buffer.concat([header, answer.body]))
}

/** What an ERROR frame says; a frame that cannot be read counts as a server error. */
export function errorOutcome(frame: Buffer): Outcome & { kind: 'error' } {
  const at = messageOffset(frame, 0, frame.length)
  try {
    const reader = new Reader(frame, at, frame.length)
    const code = reader.int()
    return { kind: 'error', code, message: reader.string().slice(0, MESSAGE_CHARS_MAX) }
  } catch {
    return { kind: 'error', code: 0, message: 'an ERROR that cannot be read' }
  }
}
