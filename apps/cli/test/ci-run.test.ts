import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { TemporaryFolder } from './support/temporary-folder.ts'

vi.setConfig({ testTimeout: 30_000 })

const RUN = join(import.meta.dirname, '../../../.ci/run')

/** Runs `.ci/run` in a checkout whose `zdm` is this script. */
function runCi(
  folder: TemporaryFolder,
  zdm: string,
  env: NodeJS.ProcessEnv = {},
): { code: number | null; lines: string[] } {
  for (const program of ['node', 'npm', 'java', 'mvn', 'git', 'apt-get'])
    folder.script(`bin/${program}`, `echo ${program} "$@"`)
  folder.script('checkout/zdm', zdm)
  folder.write('checkout/.ci/run', readFileSync(RUN, 'utf8'))
  const PATH = `${folder.path}/bin${delimiter}${process.env['PATH']}`
  const { status, stdout } = spawnSync('bash', ['checkout/.ci/run'], {
    cwd: folder.path,
    env: { PATH, TMPDIR: folder.path, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { code: status, lines: stdout.trimEnd().split('\n') }
}

describe('.ci/run', () => {
  it.each([
    ['12 passed, 0 failed', 0],
    ['12 passed, 0 failed, 3 skipped', 0],
    ['12 passed, 2 failed', 1],
  ])('ends with the last line of the tests, %s, and with their exit code', (count, exitCode) => {
    using folder = new TemporaryFolder()
    const { code, lines } = runCi(folder, `echo ok format; echo '${count}'; exit ${exitCode}`)
    expect(code).toBe(exitCode)
    expect(lines.slice(-2)).toStrictEqual(['ok format', count])
    expect(lines.filter((line) => line.includes(' passed'))).toHaveLength(1)
  })

  it('says what it runs on, and runs the tests as CI', () => {
    using folder = new TemporaryFolder()
    const { lines } = runCi(folder, 'echo "$1 CI=$CI peer=$ZDM_PEER_PROXY"; echo 1 passed, 0 failed')
    expect(lines.slice(0, 5)).toStrictEqual([
      'node   node --version',
      'npm    npm --version',
      'java   java -version',
      'mvn    mvn --version',
      'git    git --version',
    ])
    expect(lines).toContain('peer   none')
    expect(lines).toContain('test CI=true peer=')
  })

  it('names the other proxy where it lies beside the checkout', () => {
    using folder = new TemporaryFolder()
    const peer = folder.script('shared/peers/zdm-proxy-2.4.2', '')
    const { lines } = runCi(folder, 'echo "peer=$ZDM_PEER_PROXY"; echo 1 passed, 0 failed')
    expect(lines).toContain(`peer=${peer}`)
  })

  it('fails when the tests end without a count', () => {
    using folder = new TemporaryFolder()
    const { code, lines } = runCi(folder, 'echo no network; exit 69')
    expect(code).toBe(1)
    expect(lines.slice(-3)).toStrictEqual([
      'no network',
      'zdm test ended with exit code 69 and without a count',
      '0 passed, 1 failed',
    ])
  })

  it('fails when a process is left, and names it', () => {
    using folder = new TemporaryFolder()
    const zdm = `sleep 600 >/dev/null 2>&1 & echo $! > '${folder.path}/pid'; echo 5 passed, 0 failed`
    const { code, lines } = runCi(folder, zdm)
    const pid = Number(readFileSync(join(folder.path, 'pid'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    expect(code).toBe(1)
    expect(lines.slice(-2)).toStrictEqual([`left behind: process ${pid}: sleep 600 `, '5 passed, 1 failed'])
  })

  it('fails when a temporary file is left', () => {
    using folder = new TemporaryFolder()
    const { code, lines } = runCi(folder, 'mkdir "$TMPDIR/zdm-node-1"; echo 5 passed, 0 failed, 1 skipped')
    expect(code).toBe(1)
    expect(lines.at(-2)).toMatch(/^left behind: .*\/zdm-node-1$/)
    expect(lines.at(-1)).toBe('5 passed, 1 failed, 1 skipped')
  })
})
