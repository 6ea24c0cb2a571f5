/** Opcodes (native protocol v4, section 2.4); the same in v3. */
export const Opcode: {
  readonly ERROR: 0
  readonly STARTUP: 1
  readonly READY: 2
  readonly AUTHENTICATE: 3
  readonly OPTIONS: 5
  readonly SUPPORTED: 6
  readonly QUERY: 7
  readonly RESULT: 8
  readonly PREPARE: 9
  readonly EXECUTE: 10
  readonly REGISTER: 11
  readonly EVENT: 12
  readonly BATCH: 13
  readonly AUTH_CHALLENGE: 14
  readonly AUTH_RESPONSE: 15
  readonly AUTH_SUCCESS: 16
} = {
  ERROR: 0,
  STARTUP: 1,
  READY: 2,
  AUTHENTICATE: 3,
  OPTIONS: 5,
  SUPPORTED: 6,
  QUERY: 7,
  RESULT: 8,
  PREPARE: 9,
  EXECUTE: 10,
  REGISTER: 11,
  EVENT: 12,
  BATCH: 13,
  AUTH_CHALLENGE: 14,
  AUTH_RESPONSE: 15,
  AUTH_SUCCESS: 16,
}
export type Opcode = (typeof Opcode)[keyof typeof Opcode]

const names = new Map<number, string>(Object.entries(Opcode).map(([name, value]) => [value, name]))

/** The opcode's name for messages and labels, `0x..` for one that is not defined. */
export function opcodeName(opcode: number): string {
  return names.get(opcode) ?? `0x${opcode.toString(16).padStart(2, '0')}`
}
