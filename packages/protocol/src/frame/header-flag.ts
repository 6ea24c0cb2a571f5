/** Bits of a header's flags byte (native protocol v4, section 2.2); v3 defines the first two only. */
export const HeaderFlag: {
  readonly COMPRESSED: 1
  readonly TRACING: 2
  readonly CUSTOM_PAYLOAD: 4
  readonly WARNING: 8
} = { COMPRESSED: 1, TRACING: 2, CUSTOM_PAYLOAD: 4, WARNING: 8 }
export type HeaderFlag = (typeof HeaderFlag)[keyof typeof HeaderFlag]
