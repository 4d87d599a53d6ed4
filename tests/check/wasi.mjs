// wasi.mjs - runs a WebAssembly test program with its arguments; the current folder is the only one it sees.
// A second Node runs it: Node 20 crashes now and then as a large module returns to it, after all that the program
// wrote. Then the count in the program's last line tells how it ended; without one the crash is a failure.
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { WASI } from 'node:wasi';
if (process.env.PIKA_WASI === undefined) {
    const child = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)],
        { stdio: ['inherit', 'pipe', 'inherit'], maxBuffer: 1 << 28, env: { ...process.env, PIKA_WASI: '1' } });
    process.stdout.write(child.stdout, () => {
        const last = child.stdout.toString().trimEnd().split('\n').pop();
        const whole = child.signal === 'SIGSEGV' && /^\d+ passed, 0 failed, \d+ skipped$/.test(last);
        process.exit(whole ? 0 : child.status ?? 1);
    });
} else {
    const wasi = new WASI({ version: 'preview1', args: process.argv.slice(2), preopens: { '.': '.' },
        returnOnExit: true });
    const module = await WebAssembly.compile(readFileSync(process.argv[2]));
    process.exit(wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject())));
}
