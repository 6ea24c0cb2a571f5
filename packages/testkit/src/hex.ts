import { TestkitError } from './errors.ts'

/**
 * Bytes written as hex digits, a field per part or per line: `hex('04 00 0001 07', '00000000')`. White space is free;
 * in a text, `//` and `#` start a comment that ends with the line. Also a template tag: `` hex`04 00 // v4` ``.
 *
 * @throws HEX_INVALID when what is left is not an even number of hex digits.
 */
export function hex(text: string | TemplateStringsArray, ...parts: (string | number | Uint8Array)[]): Buffer {
  if (typeof text === 'string') return fromDigits([text, ...parts.map(asDigits)])
  return fromDigits([text.map((piece, index) => piece + (index < parts.length ? asDigits(parts[index]) : '')).join('')])
}

/** A number in a template stands for one byte, bytes for themselves. */
function asDigits(part: string | number | Uint8Array | undefined): string {
  if (typeof part === 'number') return part.toString(16).padStart(2, '0')
  if (part instanceof Uint8Array) return Buffer.from(part).toString('hex')
  return part ?? ''
}

function fromDigits(texts: string[]): Buffer {
  const digits = texts.map((text) => text.replaceAll(/(\/\/|#).*$/gm, '').replaceAll(/\s+/g, '')).join('')
  const stray = /[^0-9a-fA-F]/.exec(digits)
  if (stray) throw new TestkitError('HEX_INVALID', `'${stray[0]}' at digit ${stray.index} is not a hex digit`)
  if (digits.length % 2 !== 0) throw new TestkitError('HEX_INVALID', `${digits.length} hex digits: half a byte is left`)
  return Buffer.from(digits, 'hex')
}
