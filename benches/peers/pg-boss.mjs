// pg-boss, fetching and completing a thousand jobs at once from four loops: jobs that do nothing.
//
//   node pg-boss.mjs CONNECTION RUNS
import { createRequire } from "node:module";
import PgBoss from "pg-boss";

const [connectionString, count] = [process.argv[2], Number(process.argv[3] ?? 50_000)];
const { version } = createRequire(import.meta.url)("pg-boss/package.json");
const [LOOPS, TOGETHER, QUEUE] = [4, 1_000, "nothing"];

const boss = new PgBoss({ connectionString, max: LOOPS + 1, schedule: false, supervise: false });
boss.on("error", (error) => {
  throw error;
});
await boss.start();
await boss.createQueue(QUEUE);
let began = performance.now();
for (let first = 0; first < count; first += TOGETHER) {
  const length = Math.min(TOGETHER, count - first);
  await boss.insert(Array.from({ length }, (_, n) => ({ name: QUEUE, data: { id: first + n } })));
}
const enqueue = (performance.now() - began) / 1000;

const seen = new Uint8Array(count);
began = performance.now();
await Promise.all(
  Array.from({ length: LOOPS }, async () => {
    for (;;) {
      const jobs = await boss.fetch(QUEUE, { batchSize: TOGETHER });
      if (jobs.length === 0) return;
      for (const job of jobs) seen[job.data.id] += 1;
      await boss.complete(QUEUE, jobs.map((job) => job.id));
    }
  }),
);
const runs = (performance.now() - began) / 1000;
const open = await boss.getQueueSize(QUEUE, { before: "completed" });
await boss.stop({ graceful: false });
const wrong = seen.filter((times) => times !== 1).length;
if (wrong > 0 || open > 0) throw new Error(`${wrong} of ${count} did not run exactly once, ${open} are not completed`);
console.log(
  JSON.stringify({
    peer: `pg-boss ${version}, batches of ${TOGETHER}`,
    runs: count,
    enqueued_per_second: count / enqueue,
    runs_per_second: count / runs,
  }),
);
