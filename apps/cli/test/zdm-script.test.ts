import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { run } from '../src/run.ts'
import { Checkout, ended } from './support/checkout.ts'

// Each run of the script is a dozen processes, and two busy cores take their time.
vi.setConfig({ testTimeout: 30_000 })
const POLL = { timeout: 10_000 }

/** The line of the doctor's report about this subject. */
function lineOf(report: string, subject: string): string | undefined {
  return report.split('\n').find((line) => line.slice(9).startsWith(subject))
}

/** For a program that waits until the test goes on. */
function untilThere(checkout: Checkout, name: string): string {
  return `until [ -e '${checkout.root}/${name}' ]; do sleep 0.05; done`
}

describe('zdm --help', () => {
  it.each([[['--help']], [['-h']], [['help']], [[]]])('is answered by the script alone: %j', async (args) => {
    using checkout = new Checkout()
    const { code, stdout, stderr } = await checkout.run(args)
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' })
    for (const command of ['demo', 'proxy', 'backfill', 'validate', 'simulate', 'test', 'doctor']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(readdirSync(checkout.root)).toStrictEqual(['zdm'])
  })
})

describe('zdm help', () => {
  it('names the commands that the program has', async () => {
    using checkout = new Checkout()
    const written: string[] = []
    const sink = { write: (text: string) => written.push(text) > 0 }
    await run(['--help'], {}, { stdout: sink, stderr: sink })
    const commandsOf = (help: string) => [...new Set([...help.matchAll(/^ {2}([a-z]+)\b/gm)].map((match) => match[1]))]
    const script = (await checkout.run(['--help'])).stdout
    expect(commandsOf(script.split('Commands:')[1] ?? '')).toStrictEqual(
      commandsOf(written.join('').split('Commands:')[1] ?? ''),
    )
  })

  it("leaves a command's help to the program", async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    expect((await checkout.run(['help', 'proxy'])).stdout).toContain('argument help\nargument proxy\n')
  })
})

describe('zdm doctor', () => {
  it('finds nothing missing on a machine that has everything', async () => {
    using checkout = new Checkout().fit()
    // As Linux has it when nothing listens.
    checkout.program(
      'cat',
      'case $1 in /proc/*) echo \'  sl  local_address rem_address   st\' ;; *) sed -n p "$@" ;; esac',
    )
    checkout.program('df', "echo header; echo '/dev/vda 9000000 1000000 8000000 12% /'")
    const { code, stdout } = await checkout.run(['doctor'])
    expect(stdout.replaceAll(/ at .*| \(.*\)/g, '')).toMatchInlineSnapshot(`
      "ok       Node          24.21.0
      ok       pnpm          12.21.0
      ok       npm           11.0.0
      ok       Java          17.0.15
      ok       Maven         3.8.7
      ok       git           2.39.5
      ok       disk          7812 MB free
      ok       loopback      up
      ok       port 14001    free
      ok       port 14002    free
      ok       port 14003    free
      ok       .tools        ready; the next run installs the dependencies

      Nothing is missing: ./zdm demo and ./zdm test can run.
      "
    `)
    expect(code).toBe(0)
  })

  it('answers where there is nothing but the script, and writes nothing', async () => {
    using checkout = new Checkout()
    const { code, stdout } = await checkout.run(['doctor'])
    expect(code).toBe(1)
    for (const subject of ['Checkout', 'Node', 'pnpm', 'npm', 'Java', 'Maven', 'git']) {
      expect(lineOf(stdout, subject)).toMatch(/^(missing|wrong) /)
    }
    expect(stdout).toMatch(/\n\d+ things to put right\.\n$/)
    expect(readdirSync(checkout.root)).toStrictEqual(['zdm'])
  })

  it('lets npm leave no compiled code behind', async () => {
    using checkout = new Checkout().pin()
    const leave = `[ "$NODE_DISABLE_COMPILE_CACHE" = 1 ] || touch '${checkout.root}/node-compile-cache'`
    checkout.program('npm', `${leave}; echo 11.0.0`)
    expect((await checkout.run(['doctor'])).stdout).toMatch(/^ok +npm +11\.0\.0$/m)
    checkout.npm(leave)
    await checkout.run(['proxy'])
    expect(checkout.has('npm-calls')).toBe(true)
    expect(checkout.has('node-compile-cache')).toBe(false)
  })

  it('needs neither a fitting Node nor pnpm where npm can bring them', async () => {
    using checkout = new Checkout().pin()
    checkout.node('20.20.2')
    checkout.npm()
    const { stdout } = await checkout.run(['doctor'])
    expect(lineOf(stdout, 'Node')).toContain('20.20.2 on PATH does not fit: the first run puts 24.21.0 under .tools/')
    expect(lineOf(stdout, 'pnpm')).toContain('the first run puts 12.21.0 under .tools/')
    expect(stdout).not.toMatch(/^(missing|wrong) +(Node|pnpm|npm)/m)
  })

  it('says what to do without npm', async () => {
    using checkout = new Checkout().pin()
    checkout.node('20.20.2')
    const { stdout } = await checkout.run(['doctor'])
    expect(lineOf(stdout, 'npm')).toMatch(/^missing +npm +install Node with npm/)
    expect(lineOf(stdout, 'Node')).toMatch(/^missing /)
  })

  it('names the Java that does not fit', async () => {
    using checkout = new Checkout().fit()
    checkout.java('21.0.2')
    const { code, stdout } = await checkout.run(['doctor'])
    expect(code).toBe(1)
    expect(lineOf(stdout, 'Java')).toMatch(
      /^wrong +Java +17 is needed and \/.*\/java is 21\.0\.2: install a Java 17 runtime/,
    )
  })

  it.each(['11.0.2', '1.8.0_412', '170.1', 'seventeen'])('does not take Java %s for a Java 17', async (version) => {
    using checkout = new Checkout().fit()
    checkout.java(version)
    expect(lineOf((await checkout.run(['doctor'])).stdout, 'Java')).toMatch(/^wrong /)
  })

  it('prefers the Java of JAVA_HOME, and takes the one on PATH where that does not fit', async () => {
    using checkout = new Checkout().fit()
    checkout.java('17.0.1', 'jdk/bin/java')
    const JAVA_HOME = join(checkout.root, '../bin/jdk')
    expect(lineOf((await checkout.run(['doctor'], { env: { JAVA_HOME } })).stdout, 'Java')).toContain('17.0.1 ')
    checkout.java('11.0.2', 'jdk/bin/java')
    expect(lineOf((await checkout.run(['doctor'], { env: { JAVA_HOME } })).stdout, 'Java')).toContain('17.0.15 ')
  })

  it('says that a program on PATH does not run', async () => {
    using checkout = new Checkout().fit()
    checkout.program('java', 'exit 127')
    checkout.program('mvn', 'echo JAVA_HOME is wrong >&2; exit 1')
    const { stdout } = await checkout.run(['doctor'])
    expect(lineOf(stdout, 'Java')).toContain('java is a program that does not run')
    expect(lineOf(stdout, 'Maven')).toContain('does not run')
  })

  it.each([
    ['IPv4', '   0: 0100007F:36B2 00000000:0000 0A 00000000:00000000'],
    ['IPv6', '   0: 00000000000000000000000001000000:36B2 00000000000000000000000000000000:0000 0A 00000000:00000000'],
  ])('names a port that is taken on %s', async (_, row) => {
    using checkout = new Checkout().fit()
    // The second row has the port as the other end of a connection, the third as a connection that was accepted.
    const others = '   1: 0100007F:A001 0100007F:36B1 01 0\n   2: 0100007F:36B3 0100007F:A002 01 0'
    checkout.program('cat', `case $1 in /proc/*) printf '%s\\n' '${row}' '${others}' ;; *) sed -n p "$@" ;; esac`)
    const { code, stdout } = await checkout.run(['doctor'])
    expect(code).toBe(1)
    expect(lineOf(stdout, 'port 14001')).toMatch(/^ok /)
    expect(lineOf(stdout, 'port 14002')).toMatch(
      /^wrong +port 14002 +taken, and the proxy listens there unless told otherwise: end what does/,
    )
    expect(lineOf(stdout, 'port 14003')).toMatch(/^ok /)
  })

  it('names a disk that is too full', async () => {
    using checkout = new Checkout().fit()
    checkout.program('df', "echo header; echo '/dev/vda 9000000 8900000 100000 99% /'")
    expect(lineOf((await checkout.run(['doctor'])).stdout, 'disk')).toMatch(
      /^wrong +disk +97 MB free at .*, about 2000 MB are needed/,
    )
  })

  it('refuses arguments', async () => {
    using checkout = new Checkout().fit()
    expect(await checkout.run(['doctor', '--fix'])).toStrictEqual({
      code: 64,
      stdout: '',
      stderr: "zdm: doctor takes no arguments, but got '--fix'\n",
    })
  })
})

describe('the first run', () => {
  it('brings Node and pnpm, installs the dependencies and hands over', async () => {
    using checkout = new Checkout().pin()
    checkout.node('20.20.2')
    checkout.npm()
    const { code, stdout, stderr } = await checkout.run(['validate', '--keyspace', 'a b', '$HOME'])
    expect(stderr.split('\n')).toStrictEqual([
      'zdm: preparing this checkout',
      'zdm:   Node 24.21.0 and pnpm 12.21.0 from npm into .tools/ (once, about 120 MB)',
      'zdm:   the dependencies of pnpm-lock.yaml into node_modules/ (about 1 minute at most)',
      'zdm: ready',
      '',
    ])
    expect(code).toBe(7)
    expect(stdout.split('\n').slice(0, 8)).toStrictEqual([
      'node 24.21.0',
      `cwd ${checkout.home}`,
      'argument --conditions=@zdmkit/source',
      `argument ${checkout.root}/apps/cli/src/main.ts`,
      'argument validate',
      'argument --keyspace',
      'argument a b',
      'argument $HOME',
    ])
    expect(checkout.read('pnpm-calls')).toBe('install --frozen-lockfile\n')
    expect(readdirSync(join(checkout.root, '.tools')).sort()).toStrictEqual(['log', 'node_modules'])
  })

  it('is silent and starts nothing the second time', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    await checkout.run(['proxy'])
    expect((await checkout.run(['proxy'])).stderr).toBe('')
    expect(checkout.read('npm-calls').split('\n')).toHaveLength(2)
    expect(checkout.read('pnpm-calls').split('\n')).toHaveLength(2)
  })

  it('prints its first line before npm has done anything', async () => {
    using checkout = new Checkout().pin()
    checkout.npm(untilThere(checkout, 'gate'))
    const child = checkout.start(['proxy'])
    const [first] = await once(child.stderr, 'data')
    expect(String(first)).toMatch(/^zdm: preparing this checkout\n/)
    checkout.write('gate', '')
    expect((await ended(child)).code).toBe(7)
  })

  it('works in a folder with a blank in its name, from elsewhere, and through a link', async () => {
    using checkout = new Checkout('my checkout')
    checkout.pin().npm()
    const { code, stdout } = await checkout.run(['proxy'], { cwd: '/' })
    expect(code).toBe(7)
    expect(stdout).toContain(
      `cwd /\nargument --conditions=@zdmkit/source\nargument ${checkout.root}/apps/cli/src/main.ts\n`,
    )
    const script = join(checkout.home, 'zdm')
    symlinkSync(join(checkout.root, 'zdm'), script)
    const linked = await checkout.run(['proxy'], { cwd: '/', script })
    expect(linked).toStrictEqual({ code, stdout, stderr: '' })
  })

  it('takes a Node and a pnpm on PATH that fit', async () => {
    using checkout = new Checkout().pin()
    checkout.node('26.1.0')
    checkout.pnpm('12.3.0')
    const { code, stdout, stderr } = await checkout.run(['proxy'])
    expect({ code, first: stdout.split('\n')[0] }).toStrictEqual({ code: 7, first: 'node 26.1.0' })
    expect(stderr).not.toContain('from npm')
  })

  it('brings only what does not fit', async () => {
    using checkout = new Checkout().pin()
    checkout.node('24.12.0')
    checkout.pnpm('11.28.11')
    checkout.npm()
    const { stdout } = await checkout.run(['proxy'])
    expect(stdout.split('\n')[0]).toBe('node 24.12.0')
    expect(checkout.read('npm-calls')).toMatch(/ pnpm@12\.21\.0\n$/)
    expect(checkout.read('npm-calls')).not.toContain('node-linux')
  })

  it.each(['22.23.3', '18.0.0', 'unknown'])('does not take Node %s, which cannot run the sources', async (version) => {
    using checkout = new Checkout().pin()
    checkout.node(version)
    checkout.npm()
    expect((await checkout.run(['proxy'])).stdout.split('\n')[0]).toBe('node 24.21.0')
  })

  it('replaces the tools when their pins change', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    await checkout.run(['proxy'])
    checkout.write('package.json', '{ "packageManager": "pnpm@12.22.0" }')
    expect((await checkout.run(['proxy'])).stderr).toContain('Node 24.21.0 and pnpm 12.22.0 from npm')
    expect((await checkout.run(['proxy'])).stderr).toBe('')
  })

  it('installs again when the lockfile or a package.json changes', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    await checkout.run(['proxy'])
    checkout.write('pnpm-lock.yaml', 'lockfileVersion: 9.1\n')
    expect((await checkout.run(['proxy'])).stderr).toContain('the dependencies')
    checkout.write('packages/cql/package.json', '{}')
    expect((await checkout.run(['proxy'])).stderr).toContain('the dependencies')
    expect((await checkout.run(['proxy'])).stderr).toBe('')
  })

  it('starts the test runner itself for `zdm test`', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    const { stdout } = await checkout.run(['test', '--fast'])
    expect(stdout).toContain(`argument ${checkout.root}/apps/cli/src/test-runner/main.ts\nargument --fast\n`)
  })

  it('switches telemetry off, unless the user has switched it on', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    expect((await checkout.run(['proxy'])).stdout).toContain('DO_NOT_TRACK 1, TURBO_TELEMETRY_DISABLED 1')
    const { stdout } = await checkout.run(['proxy'], { env: { DO_NOT_TRACK: '0' } })
    expect(stdout).toContain('DO_NOT_TRACK 0, TURBO_TELEMETRY_DISABLED 1')
  })
})

describe('a home folder that cannot be written', () => {
  it.each(['', '/no/such/folder', '/dev/null'])('is replaced by one under .tools: %j', async (HOME) => {
    using checkout = new Checkout().pin()
    checkout.npm()
    const { stdout } = await checkout.run(['proxy'], { env: { HOME } })
    expect(stdout).toContain(`HOME ${checkout.root}/.tools/home\n`)
    expect(stdout).toContain(`MAVEN_OPTS -Dmaven.repo.local=${checkout.root}/.tools/home/.m2/repository\n`)
  })

  it('keeps the options that Maven has', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    const own = await checkout.run(['proxy'], { env: { HOME: '', MAVEN_OPTS: '-Xmx1g' } })
    expect(own.stdout).toContain(`MAVEN_OPTS -Xmx1g -Dmaven.repo.local=${checkout.root}`)
    const chosen = await checkout.run(['proxy'], { env: { HOME: '', MAVEN_OPTS: '-Dmaven.repo.local=/repo' } })
    expect(chosen.stdout).toContain('MAVEN_OPTS -Dmaven.repo.local=/repo\n')
  })

  it('gives Maven no path with a blank, which it would split', async () => {
    using checkout = new Checkout('my checkout')
    checkout.pin().npm()
    expect((await checkout.run(['proxy'], { env: { HOME: '' } })).stdout).toContain('MAVEN_OPTS \n')
  })
})

describe('a failure', () => {
  async function failing(
    checkout: Checkout,
    args: readonly string[] = ['proxy'],
  ): Promise<{ code: number | null; line: string }> {
    const { code, stdout, stderr } = await checkout.run(args)
    expect(stdout).toBe('')
    const lines = stderr.trimEnd().split('\n')
    // Beside the lines that say what is being done there is exactly one.
    const [line = '', ...more] = lines.filter((text) => !/^zdm: {3}|^zdm: preparing/.test(text))
    expect(more).toStrictEqual([])
    return { code, line }
  }

  it('of an incomplete checkout is said', async () => {
    using checkout = new Checkout()
    const { code, line } = await failing(checkout)
    expect(code).toBe(1)
    expect(line).toContain('is not a whole checkout')
  })

  it('of a missing npm says what to install', async () => {
    using checkout = new Checkout().pin()
    const { code, line } = await failing(checkout)
    expect(code).toBe(69)
    expect(line).toMatch(
      /^zdm: npm is missing, and it is needed to get Node 24\.21\.0 and pnpm 12\.21\.0: install Node with npm/,
    )
  })

  it.each([
    ['a network that is not there', 'npm error code EAI_AGAIN', 69, "no network, or npm's registry cannot be reached"],
    [
      'a full disk',
      'npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write',
      69,
      'the disk is full',
    ],
    ['a folder that npm may not write', 'npm error code EACCES', 1, 'npm may not write where it has to'],
    ['anything else', 'npm error code E404\nnpm error 404 No match', 1, 'npm error code E404; log: '],
  ])('of npm: %s', async (_, output, exitCode, expected) => {
    using checkout = new Checkout().pin()
    checkout.npm(`printf '%s\\n' '${output}'; exit 1`)
    const { code, line } = await failing(checkout)
    expect(code).toBe(exitCode)
    expect(line).toMatch(/^zdm: could not get Node 24\.21\.0 and pnpm 12\.21\.0: /)
    expect(line).toContain(expected)
    expect(readdirSync(join(checkout.root, '.tools'))).toStrictEqual(['log'])
  })

  it('of npm that left half a Node is found, though npm reported success', async () => {
    using checkout = new Checkout().pin()
    checkout.npm('printf() { :; }')
    const { code, line } = await failing(checkout)
    expect(code).toBe(69)
    expect(line).toContain('does not run here')
    expect(checkout.has('.tools/node_modules')).toBe(false)
  })

  it.each([
    [
      'a lockfile that does not fit',
      'ERR_PNPM_OUTDATED_LOCKFILE  Cannot install',
      1,
      "run 'pnpm install' and commit the lockfile",
    ],
    ['a network that is not there', 'ERR_PNPM_META_FETCH_FAIL dns error: failed to lookup', 69, 'no network'],
    ['a full disk', 'failed to write: No space left on device (os error 28)', 69, 'the disk is full'],
  ])('of pnpm: %s', async (_, output, exitCode, expected) => {
    using checkout = new Checkout().pin()
    checkout.node('24.21.0')
    checkout.program('pnpm', `[ "$1" = --version ] && echo 12.21.0 && exit; echo '${output}'; exit 1`)
    const { code, line } = await failing(checkout)
    expect(code).toBe(exitCode)
    expect(line).toMatch(/^zdm: could not install the dependencies: /)
    expect(line).toContain(expected)
  })

  it('of pnpm that happens once is tried again', async () => {
    using checkout = new Checkout().pin()
    checkout.node('24.21.0')
    checkout.pnpm('12.21.0')
    checkout.write('pnpm-fails', 'ERR_PNPM_FETCH_404')
    expect((await checkout.run(['proxy'])).code).toBe(7)
    expect(checkout.read('pnpm-calls').split('\n')).toHaveLength(3)
  })

  it('of pnpm to fetch an optional package counts, because these are the programs', async () => {
    using checkout = new Checkout().pin()
    checkout.node('24.21.0')
    checkout.pnpm('12.21.0')
    checkout.write(
      'pnpm-warns',
      'a@1 is an optional dependency that could not be fetched. Excluding it from installation.',
    )
    expect((await checkout.run(['proxy'])).code).toBe(7)
    expect(checkout.read('pnpm-calls').split('\n')).toHaveLength(3)
  })

  it('of a demo without Java or Maven is said before anything is fetched', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    expect(await failing(checkout, ['demo'])).toMatchObject({
      code: 69,
      line: expect.stringMatching(/^zdm: Java 17 is missing: install/),
    })
    checkout.java('11.0.2')
    expect((await failing(checkout, ['demo', '--keep'])).line).toMatch(
      /^zdm: Java 17 is missing \(.*java is 11\.0\.2\): install/,
    )
    checkout.java('17.0.15')
    expect((await failing(checkout, ['demo'])).line).toMatch(/^zdm: Maven is missing: install Maven/)
    expect(checkout.has('.tools')).toBe(false)
  })

  it.each([[['demo', '--help']], [['demo', 'stop']]])('of a missing Java does not stop %j', async (args) => {
    using checkout = new Checkout().pin()
    checkout.npm()
    expect((await checkout.run(args)).code).toBe(7)
  })
})

describe('runs beside each other', () => {
  it('prepare one after the other, and only once', async () => {
    using checkout = new Checkout().pin()
    checkout.npm(untilThere(checkout, 'gate'))
    const first = checkout.start(['proxy'])
    await once(first.stderr, 'data')
    await expect.poll(() => checkout.has('npm-calls'), POLL).toBe(true)
    const second = checkout.start(['proxy'])
    let waiting = ''
    second.stderr.on('data', (chunk) => (waiting += String(chunk)))
    await expect
      .poll(() => waiting, POLL)
      .toContain(`another run (process ${first.pid}) is preparing this folder: waiting for it`)
    checkout.write('gate', '')
    expect((await ended(first)).code).toBe(7)
    expect((await ended(second)).code).toBe(7)
    expect(checkout.read('npm-calls').split('\n')).toHaveLength(2)
    expect(checkout.read('pnpm-calls').split('\n')).toHaveLength(2)
  })
})

describe('a run that was ended while it prepared', () => {
  it('leaves nothing when it was asked to end', async () => {
    using checkout = new Checkout().pin()
    checkout.npm(`echo $$ > '${checkout.root}/npm-pid'; touch "$HOME/started"; exec sleep 600`)
    const child = checkout.start(['proxy'])
    await expect.poll(() => readdirSync(checkout.home), POLL).toContain('started')
    child.kill('SIGTERM')
    expect((await ended(child)).code).toBe(143)
    expect(readdirSync(join(checkout.root, '.tools'))).toStrictEqual(['log'])
    expect(() => process.kill(Number(checkout.read('npm-pid')), 0)).toThrow('ESRCH')
  })

  it('does not disturb the next one when it was killed', async () => {
    using checkout = new Checkout().pin()
    checkout.npm(
      `echo $$ > '${checkout.root}/npm-pid'; touch "$HOME/started"; [ -e '${checkout.root}/go' ] || exec sleep 600`,
    )
    const child = checkout.start(['proxy'])
    await expect.poll(() => readdirSync(checkout.home), POLL).toContain('started')
    child.kill('SIGKILL')
    process.kill(Number(checkout.read('npm-pid')), 'SIGKILL')
    await ended(child)
    expect(
      readdirSync(join(checkout.root, '.tools'))
        .map((name) => name.replace(/\d+$/, 'N'))
        .sort(),
    ).toStrictEqual(['lock', 'log', 'staging.N'])
    checkout.write('go', '')
    expect((await checkout.run(['doctor'])).stdout).toContain('left half done by a run that was killed')
    expect((await checkout.run(['proxy'])).code).toBe(7)
    expect(readdirSync(join(checkout.root, '.tools')).sort()).toStrictEqual(['log', 'node_modules'])
  })

  it('is not taken for alive when another process has its number', async () => {
    using checkout = new Checkout().pin()
    checkout.npm()
    mkdirSync(join(checkout.root, '.tools'))
    // This process runs, but it was not started in the first clock tick.
    symlinkSync(`${process.pid}-1`, join(checkout.root, '.tools/lock'))
    expect((await checkout.run(['proxy'])).code).toBe(7)
  })
})
