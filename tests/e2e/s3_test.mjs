// The store of S3 against a real server: the contract that every store passes, and what it says when something is wrong.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { binary, check, equal, finish, holds, start, temporaryFolder } from "./harness.mjs";
import { haveS3, startS3, useCredentials } from "./s3_server.mjs";

if (!haveS3) {
  console.log("skipped: no S3 server (./dev test installs it where there is Go)\n0 passed, 0 failed");
  process.exit(0);
}
useCredentials();
const s3 = await startS3();
const tests = join(dirname(binary), "src", "object_store", "object_store_test");

await check("the contract of object stores holds on a real S3 server", () => {
  const run = spawnSync(tests, ["--gtest_filter=*/s3"], { env: { ...process.env, ISOBAR_TEST_S3: s3.bucket("contract/") }, encoding: "utf8" });
  equal(run.status, 0, `exit status of ${run.stdout}`);
  holds(/\[ {2}PASSED {2}\] 8 tests/.test(run.stdout), run.stdout);
});

// Waits for the first line that says why; the program itself goes on trying.
async function complaint(bucket) {
  const child = start(binary, ["serve", "--data-dir", temporaryFolder(), "--listen", "127.0.0.1:0", "--storage.bucket", bucket, "--host.off"]);
  while (!/error=|isobar serve:/.test(child.output)) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGTERM");
  const { code } = await child.ended;
  return { code, text: child.output };
}

await check("a wrong secret is named as what it is, and not shown", async () => {
  useCredentials("wrong-and-hidden");
  const { text } = await complaint(s3.bucket("x"));
  holds(text.includes("the store does not accept the secret key or the region (SignatureDoesNotMatch): s3://bucket/x/"), text);
  holds(!text.includes("wrong-and-hidden"), text);
  useCredentials();
});

await check("a bucket that is not there", async () => {
  const { text, code } = await complaint(s3.bucket("x").replace("s3://bucket/", "s3://no-such-bucket/"));
  holds(text.includes("there is no such bucket; make it, or correct its name (NoSuchBucket): s3://no-such-bucket/x/"), text);
  equal(code, 0, "status after SIGTERM");
});

await check("a typo ends the program", async () => {
  const { text, code } = await complaint("s3://bucket/x?regoin=eu-west-1");
  equal(text, "isobar serve: flag --storage.bucket: unknown parameter of a bucket, did you mean region: regoin\n", "text");
  equal(code, 1, "status");
});

await finish();
