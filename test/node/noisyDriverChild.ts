/** A trial of providers whose driver talks, or crashes if it is WebGPU's. */

const { wanted } = JSON.parse(process.argv[2]!) as { wanted: string };
process.stderr.write("Warning: no display\n\n - in driver.cpp\n");
if (wanted === "webgpu") process.kill(process.pid, "SIGSEGV");
process.stdout.write("driver 1.0\n");
process.stdout.write(`{"provider":"cuda","refused":[]}\n`);
process.stderr.write("bye\n");
