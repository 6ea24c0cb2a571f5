import type { ClusterProvider } from '@zdmkit/testkit'

/** A provider that starts nothing: it fails with that message. */
export function failingProvider(message: string): ClusterProvider {
  return {
    name: 'failing',
    start: () => Promise.reject(new Error(message)),
    endKept: () => Promise.resolve(false),
  }
}
