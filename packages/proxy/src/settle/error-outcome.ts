import { messageOffset, Reader } from '@zdmkit/protocol'
import type { Outcome } from './settle.ts'

/** Longest part of a server's message that goes into ours. */
const MESSAGE_CHARS_MAX = 300

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
