// Graphile Worker with its local queue and batched completion: jobs that do nothing, each claimed and then gone on disk.
//
//   node graphile-worker.mjs CONNECTION RUNS
import { createRequire } from "node:module";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const [connectionString, count] = [process.argv[2], Number(process.argv[3] ?? 50_000)];
const { version } = createRequire(import.meta.url)("graphile-worker/package.json");
const logger = new Logger(() => (level, message) => {
  if (level === "error") console.error(message);
});
const preset = {
  worker: {
    connectionString,
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
};

const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
let began = performance.now();
for (let first = 0; first < count; first += 1_000) {
  const length = Math.min(1_000, count - first);
  await utils.addJobs(
    Array.from({ length }, (_, n) => ({ identifier: "nothing", payload: { id: first + n } })),
  );
}
const enqueue = (performance.now() - began) / 1000;
await utils.release();

const pool = new pg.Pool({ connectionString, max: 1 });
const left = async () => {
  const found = await pool.query("SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS any");
  return found.rows[0].any;
};
const seen = new Uint8Array(count);
began = performance.now();
const runner = await run({
  preset,
  logger,
  noHandleSignals: true,
  taskList: {
    nothing(payload) {
      seen[payload.id] += 1;
    },
  },
});
while (await left()) await new Promise((next) => setTimeout(next, 10));
const runs = (performance.now() - began) / 1000;
await runner.stop();
await pool.end();
const wrong = seen.filter((times) => times !== 1).length;
if (wrong > 0) throw new Error(`${wrong} of ${count} jobs did not run exactly once`);
console.log(
  JSON.stringify({
    peer: `Graphile Worker ${version}, batched`,
    runs: count,
    enqueued_per_second: count / enqueue,
    runs_per_second: count / runs,
  }),
);
