// A real S3 server on loopback: Versity's gateway over a folder. It verifies signatures and honours conditional puts, each
// exactly once among concurrent ones. ./dev installs it under build/tools.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort, start, temporaryFolder, until } from "./harness.mjs";

const program = process.env.ISOBAR_S3_SERVER ?? "build/tools/versitygw/versitygw";
const key = "isobar-test";
const secret = "not-a-secret-of-anybody";

export const haveS3 = existsSync(program);

// `folder` holds the objects and outlives the server; the bucket is a folder in it.
export async function startS3({ folder = temporaryFolder(), port } = {}) {
  port ??= await freePort();
  mkdirSync(join(folder, "bucket"), { recursive: true });
  const child = start(program, ["--port", `127.0.0.1:${port}`, "--quiet", "--keep-alive", "posix", folder], {
    env: { ...process.env, ROOT_ACCESS_KEY: key, ROOT_SECRET_KEY: secret },
  });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/bucket`)).status === 403, "the S3 server to answer", 30);
  return {
    child,
    port,
    folder,
    bucket: (prefix) => `s3://bucket/${prefix}?endpoint=http://127.0.0.1:${port}`,
    async kill() {
      child.kill("SIGKILL");
      await child.ended;
    },
  };
}

// For every Isobar of this test.
export function useCredentials(with_secret = secret) {
  process.env.AWS_ACCESS_KEY_ID = key;
  process.env.AWS_SECRET_ACCESS_KEY = with_secret;
  process.env.AWS_EC2_METADATA_DISABLED = "true";
}
