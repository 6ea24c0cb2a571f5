/** Bytes written as hex digits, a part per field; white space is free. Parts that are bytes stand for themselves. */
export function hex(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? fromDigits(part) : part)))
}

/** The bytes of an ASCII text, where hex digits would hide what it says. */
export function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function fromDigits(part: string): Buffer {
  const digits = part.replaceAll(/\s/g, '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`'${part}' is not hex digits`)
  return Buffer.from(digits, 'hex')
}
