/** Consistency levels (native protocol v4, section 3, [consistency]). */
export const Consistency: {
  readonly ANY: 0
  readonly ONE: 1
  readonly TWO: 2
  readonly THREE: 3
  readonly QUORUM: 4
  readonly ALL: 5
  readonly LOCAL_QUORUM: 6
  readonly EACH_QUORUM: 7
  readonly SERIAL: 8
  readonly LOCAL_SERIAL: 9
  readonly LOCAL_ONE: 10
} = {
  ANY: 0,
  ONE: 1,
  TWO: 2,
  THREE: 3,
  QUORUM: 4,
  ALL: 5,
  LOCAL_QUORUM: 6,
  EACH_QUORUM: 7,
  SERIAL: 8,
  LOCAL_SERIAL: 9,
  LOCAL_ONE: 10,
}
export type Consistency = (typeof Consistency)[keyof typeof Consistency]

/** Whether `n` is one of {@link Consistency}, which fill 0 to 10 without a gap. */
export function isConsistency(n: number): n is Consistency {
  return Number.isInteger(n) && n >= Consistency.ANY && n <= Consistency.LOCAL_ONE
}
