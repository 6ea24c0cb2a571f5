/** The versions of the native protocol that this package speaks. */
export const ProtocolVersion: { readonly V3: 3; readonly V4: 4 } = { V3: 3, V4: 4 }
export type ProtocolVersion = (typeof ProtocolVersion)[keyof typeof ProtocolVersion]

/** Whether `n`, the low seven bits of a header's first byte, is a version that the codecs speak. */
export function isSupportedVersion(n: number): n is ProtocolVersion {
  return n === ProtocolVersion.V3 || n === ProtocolVersion.V4
}
