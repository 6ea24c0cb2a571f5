/** Bytes written as hex digits, a part per field; white space is free. Parts that are bytes stand for themselves. */
export function hex(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? fromDigits(part) : part)))
}

function fromDigits(part: string): Buffer {
  const digits = part.replaceAll(/\s/g, '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`'${part}' is not hex digits`)
  return Buffer.from(digits, 'hex')
}
